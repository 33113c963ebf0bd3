<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Audit</name>
    <message>
        <source>asked for an account</source>
        <translation>申请账户</translation>
    </message>
    <message>
        <source>logged in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>ended all logins</source>
        <translation>结束所有登录</translation>
    </message>
    <message>
        <source>became the first administrator</source>
        <translation>成为首位管理员</translation>
    </message>
    <message>
        <source>invited somebody</source>
        <translation>邀请他人</translation>
    </message>
    <message>
        <source>withdrew an invitation</source>
        <translation>撤回邀请</translation>
    </message>
    <message>
        <source>approved an account</source>
        <translation>批准账户</translation>
    </message>
    <message>
        <source>disabled an account</source>
        <translation>停用账户</translation>
    </message>
    <message>
        <source>enabled an account</source>
        <translation>启用账户</translation>
    </message>
    <message>
        <source>changed an account</source>
        <translation>更改账户</translation>
    </message>
    <message>
        <source>changed keys</source>
        <translation>更换密钥</translation>
    </message>
    <message>
        <source>added a device</source>
        <translation>添加设备</translation>
    </message>
    <message>
        <source>revoked a device</source>
        <translation>撤销设备</translation>
    </message>
    <message>
        <source>began to upload a data set</source>
        <translation>开始上传数据集</translation>
    </message>
    <message>
        <source>received all shares of a data set</source>
        <translation>收到数据集的全部份额</translation>
    </message>
    <message>
        <source>compared a data set with the other server</source>
        <translation>与另一台服务器核对数据集</translation>
    </message>
    <message>
        <source>deleted a data set</source>
        <translation>删除数据集</translation>
    </message>
    <message>
        <source>changed the settings of a data set</source>
        <translation>更改数据集设置</translation>
    </message>
    <message>
        <source>signed a project</source>
        <translation>签署项目</translation>
    </message>
    <message>
        <source>archived a project</source>
        <translation>归档项目</translation>
    </message>
    <message>
        <source>restored a project</source>
        <translation>恢复项目</translation>
    </message>
    <message>
        <source>decided about a project</source>
        <translation>对项目作出决定</translation>
    </message>
    <message>
        <source>withdrew a consent</source>
        <translation>撤回同意</translation>
    </message>
    <message>
        <source>started a training</source>
        <translation>启动训练</translation>
    </message>
    <message>
        <source>began a stage of a training</source>
        <translation>进入训练的新阶段</translation>
    </message>
    <message>
        <source>kept a checkpoint</source>
        <translation>保存检查点</translation>
    </message>
    <message>
        <source>paused, resumed or retried a training</source>
        <translation>暂停、继续或重试训练</translation>
    </message>
    <message>
        <source>stopped a training</source>
        <translation>停止训练</translation>
    </message>
    <message>
        <source>finished a job</source>
        <translation>完成作业</translation>
    </message>
    <message>
        <source>noted the failure of a job</source>
        <translation>记录作业失败</translation>
    </message>
    <message>
        <source>sealed a model share</source>
        <translation>密封模型份额</translation>
    </message>
    <message>
        <source>gave out a model share</source>
        <translation>发出模型份额</translation>
    </message>
    <message>
        <source>kept a weight share for tests</source>
        <translation>保留用于测试的权重份额</translation>
    </message>
    <message>
        <source>had the kept weights forgotten</source>
        <translation>要求删除保留的权重</translation>
    </message>
    <message>
        <source>forgot kept weights</source>
        <translation>已删除保留的权重</translation>
    </message>
    <message>
        <source>started a test on shares</source>
        <translation>启动基于份额的测试</translation>
    </message>
    <message>
        <source>sealed the answer of a test</source>
        <translation>密封测试结果</translation>
    </message>
    <message>
        <source>gave out the answer of a test</source>
        <translation>发出测试结果</translation>
    </message>
    <message>
        <source>was started</source>
        <translation>已启动</translation>
    </message>
    <message>
        <source>was stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>job</source>
        <translation>作业</translation>
    </message>
    <message>
        <source>data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>specification</source>
        <translation>规格说明</translation>
    </message>
    <message>
        <source>account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>document</source>
        <translation>文档</translation>
    </message>
    <message>
        <source>deployment</source>
        <translation>部署</translation>
    </message>
    <message>
        <source>Every entry is signed by server A or B, and by the person who did it where that counts.</source>
        <translation>每条记录均由服务器 A 或 B 签名,关键操作还由操作者本人签名。</translation>
    </message>
    <message>
        <source>The entries are exactly those that the log node signed: none was added, taken out or moved.</source>
        <translation>记录与日志节点签名的内容完全一致:没有增加、删除或移动。</translation>
    </message>
    <message>
        <source>They continue what this device saw before; the past was not rewritten.</source>
        <translation>记录延续了本设备先前所见;历史未被改写。</translation>
    </message>
    <message>
        <source>Server A saw the same log.</source>
        <translation>服务器 A 看到的是同一份日志。</translation>
    </message>
    <message>
        <source>Server B saw the same log.</source>
        <translation>服务器 B 看到的是同一份日志。</translation>
    </message>
    <message>
        <source>What you did is in the log.</source>
        <translation>您的操作都在日志中。</translation>
    </message>
    <message>
        <source>Every receipt for your uploads was recorded by the server that gave it.</source>
        <translation>您的每份上传回执都由相应服务器记录在案。</translation>
    </message>
    <message>
        <source>It could not be asked, or has seen nothing yet.</source>
        <translation>无法询问它,或它尚未看到任何内容。</translation>
    </message>
    <message>
        <source>It has seen more than was fetched; check again.</source>
        <translation>它看到的内容多于已获取的内容;请再次检查。</translation>
    </message>
    <message>
        <source>Server A</source>
        <translation>服务器 A</translation>
    </message>
    <message>
        <source>Server B</source>
        <translation>服务器 B</translation>
    </message>
    <message>
        <source>Log node</source>
        <translation>日志节点</translation>
    </message>
    <message>
        <source>%1 not recorded yet.</source>
        <translation>%1 项尚未记录。</translation>
    </message>
    <message>
        <source>%1 entries</source>
        <translation>%1 条记录</translation>
    </message>
</context>
<context>
    <name>AuditPage</name>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
    <message>
        <source>What happened in this deployment, in a log that nobody can rewrite unnoticed. It holds ids and times only.</source>
        <translation>此部署中发生的一切,记录在无人能悄悄改写的日志中。日志只含标识和时间。</translation>
    </message>
    <message>
        <source>Check everything</source>
        <translation>全面检查</translation>
    </message>
    <message>
        <source>Export for an auditor</source>
        <translation>导出给审计员</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>处理中</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Nothing to show</source>
        <translation>没有可显示的内容</translation>
    </message>
    <message>
        <source>Fetch the log, or change the filters.</source>
        <translation>请获取日志,或更改筛选条件。</translation>
    </message>
    <message>
        <source>Fetch the log</source>
        <translation>获取日志</translation>
    </message>
    <message>
        <source>Check the log</source>
        <translation>检查日志</translation>
    </message>
    <message>
        <source>Export the log</source>
        <translation>导出日志</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>操作者</translation>
    </message>
    <message>
        <source>What</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Object</source>
        <translation>对象</translation>
    </message>
    <message>
        <source>Recorded by</source>
        <translation>记录者</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search in the log</source>
        <translation>在日志中搜索</translation>
    </message>
    <message>
        <source>Every action</source>
        <translation>全部操作</translation>
    </message>
    <message>
        <source>Everybody</source>
        <translation>所有人</translation>
    </message>
    <message>
        <source>Every object</source>
        <translation>全部对象</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>任何时间</translation>
    </message>
    <message numerus="yes">
        <source>Last %n day(s)</source>
        <translation><numerusform>最近 %n 天</numerusform></translation>
    </message>
    <message>
        <source>Entries of the log</source>
        <translation>日志记录</translation>
    </message>
    <message>
        <source>Only me</source>
        <translation>仅本人</translation>
    </message>
    <message>
        <source>The log was not fetched to this device yet.</source>
        <translation>日志尚未获取到本设备。</translation>
    </message>
    <message>
        <source>Copy of %1 entries on this device, fetched and verified %2.</source>
        <translation>本设备上有 %1 条记录的副本,获取并验证于%2。</translation>
    </message>
    <message numerus="yes">
        <source>%n entries</source>
        <translation><numerusform>%n 条记录</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n entries were checked and written. A page in the file says how to check them again.</source>
        <translation><numerusform>已检查并写入 %n 条记录。文件中附有说明如何再次检查的页面。</numerusform></translation>
    </message>
    <message>
        <source>Exported</source>
        <translation>已导出</translation>
    </message>
</context>
<context>
    <name>EntryDialog</name>
    <message>
        <source>Entry %1</source>
        <translation>记录 %1</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>操作者</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Recorded by</source>
        <translation>记录者</translation>
    </message>
    <message>
        <source>Leaf hash</source>
        <translation>叶哈希</translation>
    </message>
    <message>
        <source>Signed document</source>
        <translation>已签名的文档</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>The log is intact: all %1 entries were checked on this device.</source>
        <translation>日志完好:全部 %1 条记录已在本设备上检查。</translation>
    </message>
    <message>
        <source>The log is NOT intact. Keep an export of it, and tell every member. %1 entries were looked at.</source>
        <translation>日志不完好!请保留导出文件并通知所有成员。已查看 %1 条记录。</translation>
    </message>
    <message>
        <source>Root to compare with other members: %1 (%2 entries)</source>
        <translation>可与其他成员核对的根:%1(%2 条记录)</translation>
    </message>
    <message>
        <source>proved</source>
        <translation>已证明</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>could not be looked at</source>
        <translation>无法查看</translation>
    </message>
</context>
</TS>
