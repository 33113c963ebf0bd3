"""Every tag we hash, derive or sign with.

Changing a tag breaks data that exists: add a new ``_V2`` instead. ``tests/unit`` pins one output for each.
"""

from __future__ import annotations

from typing import Final

DOCUMENT_V1: Final = "imguard/document/v1"
DIGEST_V1: Final = "imguard/digest/v1"
LOGIN_V2: Final = "imguard/login/v2"
TOKEN_V1: Final = "imguard/token/v1"
FINGERPRINT_V1: Final = "imguard/fingerprint/v1"
ACCOUNT_ROTATE_V1: Final = "imguard/account-rotate/v1"
CHUNK_SEAL_V1: Final = "imguard/chunk-seal/v1"
MODEL_SEAL_V1: Final = "imguard/model-seal/v1"
ANSWER_SEAL_V1: Final = "imguard/answer-seal/v1"
ANSWER_SPLIT_V1: Final = "imguard/answer-split/v1"
PIXEL_STREAM_V1: Final = "imguard/share-stream/v1"
BASE_OT_V1: Final = "imguard/base-ot/v1"
OT_TREE_V1: Final = "imguard/ot-tree/v1"
OT_ROWS_V1: Final = "imguard/ot-rows/v1"
OT_HASH_V1: Final = "imguard/ot-hash/v1"
TRIPLE_MASK_V1: Final = "imguard/triple-mask/v1"
TRIPLE_RESULT_V1: Final = "imguard/triple-result/v1"
SESSION_V1: Final = "imguard/session/v1"
JOINT_TOSS_V1: Final = "imguard/joint-toss/v1"
MIX_PLAN_V1: Final = "imguard/mix-plan/v1"
BATCH_PLAN_V1: Final = "imguard/batch-plan/v1"
DROPOUT_V1: Final = "imguard/dropout/v1"
WEIGHT_INIT_V1: Final = "imguard/weight-init/v1"
EXTRACTOR_V1: Final = "imguard/extractor/v1"
SHUFFLE_V1: Final = "imguard/shuffle/v1"
STEP_LABEL_V1: Final = "imguard/step-label/v1"
STORAGE_V1: Final = "imguard/storage/v1"
PLAN_V1: Final = "imguard/plan/v1"
SEGMENT_TAG_V2: Final = "imguard/segment-tag/v2"
KIT_V1: Final = "imguard/kit/v1"
LIVE_NAME_V1: Final = "imguard/live-name/v1"
LIVE_TEXT_V1: Final = "imguard/live-text/v1"
