"""Imports: what was brought becomes a data set at both servers, with every step kept across restarts."""

from desktop_client.jobs.importing.actions import Estimate as Estimate
from desktop_client.jobs.importing.actions import Moved as Moved
from desktop_client.jobs.importing.actions import ScanResult as ScanResult
from desktop_client.jobs.importing.actions import ServerPart as ServerPart
from desktop_client.jobs.importing.actions import bring_bundles as bring_bundles
from desktop_client.jobs.importing.actions import estimate_import as estimate_import
from desktop_client.jobs.importing.actions import run_import as run_import
from desktop_client.jobs.importing.actions import scan_paths as scan_paths
from desktop_client.jobs.importing.actions import split_import as split_import
from desktop_client.jobs.importing.actions import upload_import as upload_import
from desktop_client.jobs.importing.desk import delete_import as delete_import
from desktop_client.jobs.importing.desk import discard_bundles as discard_bundles
from desktop_client.jobs.importing.desk import list_imports as list_imports
from desktop_client.jobs.importing.desk import new_import as new_import
from desktop_client.jobs.importing.desk import open_import as open_import
from desktop_client.jobs.importing.desk import save_selection as save_selection
from desktop_client.jobs.importing.document import Import as Import
from desktop_client.jobs.importing.document import Phase as Phase
from desktop_client.jobs.importing.document import Standing as Standing
