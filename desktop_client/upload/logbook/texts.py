"""What an auditor reads first in an export, in both languages."""

from __future__ import annotations

from typing import Final

README_EN: Final = """\
What this is
============

A copy of the log of the ImageGuard deployment "{deployment}" (fingerprint {fingerprint}), taken on {time}. The log
records who did what, and when: registrations, uploads, consents, trainings, models. It holds pseudonyms, times, ids,
hashes and numbers. There is no image, label, model, measurement or name of a person in the log itself.

log-copy.jsonl      the whole log, {size} rows: first the checkpoint, then one signed event a line
checkpoint.txt      the log node's signed statement of how many rows there are and what they hash to
proof.json          the events of the user who exported this, each with the proof that it is in the log
deployment.json     the public keys of the nodes; nothing else has to be trusted
entries.csv         the same rows for a spreadsheet; it proves nothing by itself
checkpoint-a.txt, checkpoint-b.txt   what server A and server B last saw of the log, if they answered

How to check it
===============

No network and no login is needed. Compare the fingerprint above with one that you got in another way, from an operator
or an administrator. Then, with the command line program of ImageGuard:

  mkdir auditor
  cp deployment.json auditor/
  imguard --profile auditor log verify --file log-copy.jsonl

It checks the form of every row, that server A or B signed it, that users signed what only they can do, and that the
rows together have the root {root}
that the log node signed. It names the first row that is wrong. Root of the log and checkpoint are those of RFC 6962 and
of C2SP tlog-checkpoint, so other people's tools can check them, too.

What it does not prove
======================

The time of an event is what a server's clock said; only the order of the rows is proved. The log tells what was done,
not that the servers computed correctly. Rows that were written after this copy are not in it.
"""

README_ZH: Final = """\
这是什么
========

ImageGuard 部署“{deployment}”（指纹 {fingerprint}）的日志副本，导出时间 {time}。
日志记录谁在何时做了什么：注册、上传、同意、训练、模型。
日志中只有假名、时间、编号、哈希值和数字，没有任何图像、标签、模型、测量结果或人名。

log-copy.jsonl      完整日志，共 {size} 行：第一行是检查点，之后每行一个已签名的事件
checkpoint.txt      日志节点签名的声明：共有多少行，以及它们的哈希值
proof.json          导出者本人的事件，以及每个事件确在日志中的证明
deployment.json     各节点的公钥；除此之外无需信任任何东西
entries.csv         同样的内容，供电子表格使用；它本身不证明任何事
checkpoint-a.txt, checkpoint-b.txt   服务器 A 和 B 最后看到的日志状态（如果它们有应答）

如何核对
========

不需要网络，也不需要登录。请先将上面的指纹与您从运维人员或管理员处以其他方式得到的指纹进行比较。
然后使用 ImageGuard 命令行程序：

  mkdir auditor
  cp deployment.json auditor/
  imguard --profile auditor log verify --file log-copy.jsonl

它会检查每一行的格式、每一行是否由服务器 A 或 B 签名、只有用户本人能做的事是否由用户签名，
以及所有行合起来的根是否为日志节点签名的
{root}。
如果有错误，它会指出第一个出错的行。日志的根和检查点符合 RFC 6962 和 C2SP tlog-checkpoint，因此也可以用其他工具核对。

它不能证明什么
==============

事件的时间是服务器时钟给出的；被证明的只是行的顺序。日志说明做过什么，但不证明服务器的计算是正确的。此副本之后写入的行不在其中。
"""
