<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Banner</name>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>关闭此消息</translation>
    </message>
</context>
<context>
    <name>DataTable</name>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>Try other words or fewer filters.</source>
        <translation>请换用其他词或减少筛选条件。</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
</context>
<context>
    <name>ErrorDialog</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
</context>
<context>
    <name>Errors</name>
    <message>
        <source>Your account is disabled</source>
        <translation>您的账户已被停用</translation>
    </message>
    <message>
        <source>Nothing of yours was changed or deleted.</source>
        <translation>您的数据没有任何更改或删除。</translation>
    </message>
    <message>
        <source>Ask an administrator of the deployment why, and to enable it again.</source>
        <translation>请向部署管理员询问原因,并请其重新启用。</translation>
    </message>
    <message>
        <source>This backup is damaged</source>
        <translation>此备份已损坏</translation>
    </message>
    <message>
        <source>Nothing was restored.</source>
        <translation>没有恢复任何内容。</translation>
    </message>
    <message>
        <source>Copy the file again from where it is kept, or use an older backup.</source>
        <translation>请从存放处重新复制该文件,或使用较早的备份。</translation>
    </message>
    <message>
        <source>The password does not open this backup</source>
        <translation>密码无法打开此备份</translation>
    </message>
    <message>
        <source>Use the password that was chosen when the backup was made; nobody can reset it.</source>
        <translation>请使用制作备份时设定的密码;任何人都无法重置它。</translation>
    </message>
    <message>
        <source>A share file is damaged</source>
        <translation>份额文件已损坏</translation>
    </message>
    <message>
        <source>It was not used; the images on this machine are untouched.</source>
        <translation>该文件未被使用;本机上的图像没有变化。</translation>
    </message>
    <message>
        <source>Split the images again; the file was damaged or made by another version.</source>
        <translation>请重新拆分图像;该文件已损坏或由其他版本生成。</translation>
    </message>
    <message>
        <source>A node sent something that cannot be read</source>
        <translation>节点发送了无法读取的内容</translation>
    </message>
    <message>
        <source>The connection was closed and nothing of the answer was used.</source>
        <translation>连接已关闭,该应答未被使用。</translation>
    </message>
    <message>
        <source>Try again. If it happens again, tell the operators to compare the versions of the nodes.</source>
        <translation>请重试。如再次发生,请运维人员核对各节点的版本。</translation>
    </message>
    <message>
        <source>This file cannot be used as an image</source>
        <translation>此文件不能用作图像</translation>
    </message>
    <message>
        <source>It was left out; the other files go on.</source>
        <translation>该文件已被跳过;其他文件不受影响。</translation>
    </message>
    <message>
        <source>Open the file in an image program and save it again, or leave it out.</source>
        <translation>请用图像软件打开并重新保存,或将其排除。</translation>
    </message>
    <message>
        <source>This cannot be accepted as it is</source>
        <translation>无法接受此输入</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>没有任何更改。</translation>
    </message>
    <message>
        <source>Correct what is named and try again.</source>
        <translation>请更正所指出的内容后重试。</translation>
    </message>
    <message>
        <source>The description of the data set is damaged</source>
        <translation>数据集描述已损坏</translation>
    </message>
    <message>
        <source>Nothing was sent.</source>
        <translation>没有发送任何内容。</translation>
    </message>
    <message>
        <source>Split the images again; it was damaged or made by another version.</source>
        <translation>请重新拆分图像;描述已损坏或由其他版本生成。</translation>
    </message>
    <message>
        <source>A sealed message cannot be opened with your key</source>
        <translation>您的密钥无法打开此密封消息</translation>
    </message>
    <message>
        <source>It was not used.</source>
        <translation>该文件未被使用。</translation>
    </message>
    <message>
        <source>Check that it was meant for you and this device; if so it was damaged and must be fetched again.</source>
        <translation>请确认它是发给您和本设备的;若是,则已损坏,需要重新获取。</translation>
    </message>
    <message>
        <source>A signature does not fit its document</source>
        <translation>签名与文档不符</translation>
    </message>
    <message>
        <source>The document was not used.</source>
        <translation>该文档未被使用。</translation>
    </message>
    <message>
        <source>Do not rely on it. Fetch it again from its author.</source>
        <translation>请勿信赖它,请向作者重新获取。</translation>
    </message>
    <message>
        <source>The store of a server does not answer</source>
        <translation>服务器的存储没有响应</translation>
    </message>
    <message>
        <source>Nothing is lost: what was stored stays stored, and uploads and jobs go on once it answers.</source>
        <translation>没有丢失任何数据:已存储的内容仍在,恢复后上传和作业会继续。</translation>
    </message>
    <message>
        <source>Try again in a minute. If it stays away, tell the operator.</source>
        <translation>请稍后重试。若长时间无响应,请通知运维人员。</translation>
    </message>
    <message>
        <source>This was stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>What was complete is kept.</source>
        <translation>已完成的部分会保留。</translation>
    </message>
    <message>
        <source>Start it again when you are ready.</source>
        <translation>准备好后可重新开始。</translation>
    </message>
    <message>
        <source>A settings file cannot be used</source>
        <translation>设置文件无法使用</translation>
    </message>
    <message>
        <source>Correct the named line of the file; the guide lists every setting.</source>
        <translation>请更正文件中指出的行;指南列出了所有设置。</translation>
    </message>
    <message>
        <source>This cannot be done in the present state</source>
        <translation>当前状态下无法执行此操作</translation>
    </message>
    <message>
        <source>Look at the present state, then decide again.</source>
        <translation>请查看当前状态后再决定。</translation>
    </message>
    <message>
        <source>A data owner has not consented</source>
        <translation>有数据所有者尚未同意</translation>
    </message>
    <message>
        <source>Nothing is computed before every owner has consented.</source>
        <translation>在所有数据所有者同意之前不会进行任何计算。</translation>
    </message>
    <message>
        <source>Ask the named owners to look at their approvals.</source>
        <translation>请提醒所列的数据所有者查看其待批事项。</translation>
    </message>
    <message>
        <source>The job was stopped to protect the data</source>
        <translation>为保护数据,作业已停止</translation>
    </message>
    <message>
        <source>A random value would have been used twice, which could reveal secrets; it was not.</source>
        <translation>某个随机值险些被重复使用,可能泄露秘密;已被阻止。</translation>
    </message>
    <message>
        <source>Start the job again; fresh randomness is prepared. Report this with the log of the job.</source>
        <translation>请重新启动作业,将准备新的随机数。请附上作业日志报告此问题。</translation>
    </message>
    <message>
        <source>The database of a node does not answer</source>
        <translation>节点的数据库没有响应</translation>
    </message>
    <message>
        <source>Nothing is lost.</source>
        <translation>没有丢失任何数据。</translation>
    </message>
    <message>
        <source>No node knows this device</source>
        <translation>没有节点认识此设备</translation>
    </message>
    <message>
        <source>Your images and keys are untouched.</source>
        <translation>您的图像和密钥没有变化。</translation>
    </message>
    <message>
        <source>On a new device, bring your keys over from the old one. With lost keys, ask an administrator for a new invitation.</source>
        <translation>若是新设备,请从旧设备转移密钥。若密钥丢失,请向管理员申请新的邀请。</translation>
    </message>
    <message>
        <source>There is no room left on a disk</source>
        <translation>磁盘空间不足</translation>
    </message>
    <message>
        <source>What was complete before is still valid.</source>
        <translation>之前完成的内容仍然有效。</translation>
    </message>
    <message>
        <source>Free some space and try again.</source>
        <translation>请释放空间后重试。</translation>
    </message>
    <message>
        <source>A server could not work out what this would cost</source>
        <translation>有一台服务器无法估算所需的代价</translation>
    </message>
    <message>
        <source>Nothing was started, and nothing was kept of the question.</source>
        <translation>没有启动任何任务，也没有保留这次询问的任何内容。</translation>
    </message>
    <message>
        <source>Try again later, or go on without an estimate.</source>
        <translation>请稍后再试，或者不经估算继续进行。</translation>
    </message>
    <message>
        <source>Your account may not do that</source>
        <translation>您的账户无权执行此操作</translation>
    </message>
    <message>
        <source>Ask the owner of the data set or project for access.</source>
        <translation>请向数据集或项目的所有者申请权限。</translation>
    </message>
    <message>
        <source>The helper of this project cannot be reached</source>
        <translation>无法连接此项目的辅助方</translation>
    </message>
    <message>
        <source>Nothing is lost; the job waits and goes on by itself.</source>
        <translation>没有丢失任何数据;作业正在等待,之后会自动继续。</translation>
    </message>
    <message>
        <source>Ask whoever runs the helper to start it.</source>
        <translation>请联系辅助方的运行者启动它。</translation>
    </message>
    <message>
        <source>Something unforeseen happened</source>
        <translation>发生了意外错误</translation>
    </message>
    <message>
        <source>Try again. If it happens again, report it with the details below; they hold no secret.</source>
        <translation>请重试。如再次发生,请附上下方详细信息报告;其中不含秘密。</translation>
    </message>
    <message>
        <source>The job stopped with an error</source>
        <translation>作业因错误停止</translation>
    </message>
    <message>
        <source>Images and checkpoints are kept at the servers for some time.</source>
        <translation>图像和检查点会在服务器上保留一段时间。</translation>
    </message>
    <message>
        <source>Read the log of the job, mend the cause, and press Retry: it goes on where it was.</source>
        <translation>请阅读作业日志,排除原因后点击“重试”:将从中断处继续。</translation>
    </message>
    <message>
        <source>The job is paused</source>
        <translation>作业已暂停</translation>
    </message>
    <message>
        <source>Its checkpoint is kept.</source>
        <translation>检查点已保留。</translation>
    </message>
    <message>
        <source>Resume it when you are ready.</source>
        <translation>准备好后可继续。</translation>
    </message>
    <message>
        <source>The nodes show different keys for one account</source>
        <translation>各节点显示的同一账户密钥不一致</translation>
    </message>
    <message>
        <source>Nothing was signed or changed.</source>
        <translation>没有签署或更改任何内容。</translation>
    </message>
    <message>
        <source>Do not go on, and approve nothing. Tell all operators: one node shows keys that are not this person's.</source>
        <translation>请停止操作,不要批准任何事项。请通知所有运维人员:某个节点显示的密钥不属于此人。</translation>
    </message>
    <message>
        <source>Your keys are locked</source>
        <translation>您的密钥已锁定</translation>
    </message>
    <message>
        <source>Nothing was signed.</source>
        <translation>没有签署任何内容。</translation>
    </message>
    <message>
        <source>Enter your password; the keys are opened on this machine only.</source>
        <translation>请输入密码;密钥仅在本机上打开。</translation>
    </message>
    <message>
        <source>Your account has other keys now</source>
        <translation>您的账户已使用其他密钥</translation>
    </message>
    <message>
        <source>The keys on this device are kept.</source>
        <translation>本设备上的密钥仍然保留。</translation>
    </message>
    <message>
        <source>Export the keys on the device that has the new ones, and import them here.</source>
        <translation>请在拥有新密钥的设备上导出密钥,并在此导入。</translation>
    </message>
    <message>
        <source>This is the last active administrator</source>
        <translation>这是最后一位有效的管理员</translation>
    </message>
    <message>
        <source>Make somebody else an administrator first.</source>
        <translation>请先指定另一位管理员。</translation>
    </message>
    <message>
        <source>A library that this needs is not installed</source>
        <translation>缺少所需的库</translation>
    </message>
    <message>
        <source>Nothing was written.</source>
        <translation>没有写入任何内容。</translation>
    </message>
    <message>
        <source>Choose another format, or have the named library installed.</source>
        <translation>请选择其他格式,或安装所指出的库。</translation>
    </message>
    <message>
        <source>The log shows different histories to different people</source>
        <translation>日志向不同的人显示了不同的历史</translation>
    </message>
    <message>
        <source>Images and models are not affected, but the record cannot be trusted any more.</source>
        <translation>图像和模型不受影响,但该记录不再可信。</translation>
    </message>
    <message>
        <source>Keep the export of the log and tell every member.</source>
        <translation>请保留导出的日志并通知所有成员。</translation>
    </message>
    <message>
        <source>The audit log was changed</source>
        <translation>审计日志被更改</translation>
    </message>
    <message>
        <source>Images and models are not affected, but the record is not what was signed.</source>
        <translation>图像和模型不受影响,但记录与签名内容不符。</translation>
    </message>
    <message>
        <source>Keep a copy of the log as it is, and tell every member.</source>
        <translation>请原样保留日志副本,并通知所有成员。</translation>
    </message>
    <message>
        <source>A node does not know this request</source>
        <translation>节点不支持此请求</translation>
    </message>
    <message>
        <source>The node may be of another version; compare the versions in the settings.</source>
        <translation>节点版本可能不同;请在设置中核对版本。</translation>
    </message>
    <message>
        <source>A database could not be brought up to date</source>
        <translation>数据库无法更新</translation>
    </message>
    <message>
        <source>It was left as it was.</source>
        <translation>数据库保持原样。</translation>
    </message>
    <message>
        <source>The operator should read the log of the node and restore the backup that was made before.</source>
        <translation>运维人员应查看节点日志,并恢复事先制作的备份。</translation>
    </message>
    <message>
        <source>A node lacks what the others know about an account</source>
        <translation>某个节点缺少其他节点已有的账户信息</translation>
    </message>
    <message>
        <source>Ask an administrator to repair the account on the page Users.</source>
        <translation>请管理员在“用户”页面修复该账户。</translation>
    </message>
    <message>
        <source>A node did not start</source>
        <translation>节点未能启动</translation>
    </message>
    <message>
        <source>What it stored is untouched.</source>
        <translation>其存储的内容没有变化。</translation>
    </message>
    <message>
        <source>Read the last lines of the named log file, mend the cause and start it again.</source>
        <translation>请阅读所指日志文件的最后几行,排除原因后重新启动。</translation>
    </message>
    <message>
        <source>A node does not answer</source>
        <translation>节点没有响应</translation>
    </message>
    <message>
        <source>Nothing is lost; what was sent completely is stored, the rest is sent again.</source>
        <translation>没有丢失任何数据;已完整发送的内容已存储,其余会重新发送。</translation>
    </message>
    <message>
        <source>Check your network. If it works, the operator of the node should look whether it runs.</source>
        <translation>请检查网络。若网络正常,请节点运维人员检查节点是否运行。</translation>
    </message>
    <message>
        <source>Your account waits to be approved</source>
        <translation>您的账户正在等待批准</translation>
    </message>
    <message>
        <source>Your request has reached the nodes.</source>
        <translation>您的申请已送达各节点。</translation>
    </message>
    <message>
        <source>Read your fingerprint to an administrator; once they have approved it, log in.</source>
        <translation>请向管理员朗读您的指纹;批准后即可登录。</translation>
    </message>
    <message>
        <source>This does not exist, or you may not see it</source>
        <translation>对象不存在或您无权查看</translation>
    </message>
    <message>
        <source>It may have been deleted meanwhile; refresh the page.</source>
        <translation>它可能已被删除;请刷新页面。</translation>
    </message>
    <message>
        <source>You are not logged in</source>
        <translation>您尚未登录</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>请重新登录。</translation>
    </message>
    <message>
        <source>A node cannot work now</source>
        <translation>节点暂时无法工作</translation>
    </message>
    <message>
        <source>Its operator sees which part is out of order; try again later.</source>
        <translation>运维人员可以看到故障部分;请稍后重试。</translation>
    </message>
    <message>
        <source>Nobody is registered on this device yet</source>
        <translation>此设备上尚无注册用户</translation>
    </message>
    <message>
        <source>Open the kit that you were given, and register.</source>
        <translation>请打开您收到的部署包并注册。</translation>
    </message>
    <message>
        <source>Jobs may not run at this hour</source>
        <translation>当前时段不允许运行作业</translation>
    </message>
    <message>
        <source>Nothing is lost; the job goes on by itself when the hours of the operator begin.</source>
        <translation>没有丢失任何数据;到允许时段作业会自动继续。</translation>
    </message>
    <message>
        <source>There is nothing to do.</source>
        <translation>无需任何操作。</translation>
    </message>
    <message>
        <source>The other server went away</source>
        <translation>另一台服务器已断开</translation>
    </message>
    <message>
        <source>The job goes on from its last checkpoint when both servers are there again.</source>
        <translation>两台服务器恢复后,作业会从最后的检查点继续。</translation>
    </message>
    <message>
        <source>There is nothing to do. If it lasts, tell the operators.</source>
        <translation>无需任何操作。若持续较久,请通知运维人员。</translation>
    </message>
    <message>
        <source>The two servers do not agree</source>
        <translation>两台服务器不一致</translation>
    </message>
    <message>
        <source>The job was stopped before any value was opened.</source>
        <translation>在打开任何数值之前作业已停止。</translation>
    </message>
    <message>
        <source>Tell both operators to compare versions and settings.</source>
        <translation>请通知双方运维人员核对版本和设置。</translation>
    </message>
    <message>
        <source>The operator of a server does not allow this</source>
        <translation>服务器运维方不允许此操作</translation>
    </message>
    <message>
        <source>Stay within the named limit, or ask the operator.</source>
        <translation>请遵守所指限制,或联系运维人员。</translation>
    </message>
    <message>
        <source>Training left the range of numbers that it can hold</source>
        <translation>训练数值超出可表示范围</translation>
    </message>
    <message>
        <source>The model of this epoch was discarded; earlier checkpoints are kept.</source>
        <translation>本轮模型已丢弃;之前的检查点已保留。</translation>
    </message>
    <message>
        <source>Start again with a lower learning rate.</source>
        <translation>请降低学习率后重新开始。</translation>
    </message>
    <message>
        <source>Too many requests</source>
        <translation>请求过于频繁</translation>
    </message>
    <message>
        <source>Wait a minute, then try again.</source>
        <translation>请稍等一分钟后重试。</translation>
    </message>
    <message>
        <source>A share is not the one that was signed for</source>
        <translation>份额与签名不符</translation>
    </message>
    <message>
        <source>The server did not use it.</source>
        <translation>服务器没有使用它。</translation>
    </message>
    <message>
        <source>Send it again from the original bundle; if it happens again, tell both operators.</source>
        <translation>请从原始份额包重新发送;如再次发生,请通知双方运维人员。</translation>
    </message>
    <message>
        <source>The project cannot be run safely like this</source>
        <translation>项目设置无法安全运行</translation>
    </message>
    <message>
        <source>Nothing was created.</source>
        <translation>没有创建任何内容。</translation>
    </message>
    <message>
        <source>Change the named value.</source>
        <translation>请修改所指出的数值。</translation>
    </message>
    <message>
        <source>A stored file is not what was written</source>
        <translation>存储的文件与写入内容不符</translation>
    </message>
    <message>
        <source>Restore it from a backup, or make it again.</source>
        <translation>请从备份恢复,或重新生成。</translation>
    </message>
    <message>
        <source>Your login has expired</source>
        <translation>登录已过期</translation>
    </message>
    <message>
        <source>This is larger than can be accepted</source>
        <translation>超出可接受的大小</translation>
    </message>
    <message>
        <source>Use smaller pieces, or ask the operator to raise the limit.</source>
        <translation>请分成较小的部分,或请运维人员提高限制。</translation>
    </message>
    <message>
        <source>A node does not prove to belong to this deployment</source>
        <translation>节点无法证明其属于此部署</translation>
    </message>
    <message>
        <source>Nothing was sent to it.</source>
        <translation>没有向它发送任何内容。</translation>
    </message>
    <message>
        <source>Do not go on. Compare the fingerprint of the deployment with the operator; somebody may stand in between.</source>
        <translation>请停止操作,与运维人员核对部署指纹;可能有人在中间冒充。</translation>
    </message>
    <message>
        <source>This cannot be done like this</source>
        <translation>无法这样操作</translation>
    </message>
    <message>
        <source>The process that computed the job ended</source>
        <translation>计算进程意外结束</translation>
    </message>
    <message>
        <source>The job goes on from its last checkpoint by itself.</source>
        <translation>作业会从最后的检查点自动继续。</translation>
    </message>
    <message>
        <source>There is nothing to do. If it happens again, tell the operators.</source>
        <translation>无需任何操作。如再次发生,请通知运维人员。</translation>
    </message>
    <message>
        <source>A part of this program ended without an answer</source>
        <translation>程序的一部分意外结束</translation>
    </message>
    <message>
        <source>Try again. If it happens again, close other programs to free memory.</source>
        <translation>请重试。如再次发生,请关闭其他程序以释放内存。</translation>
    </message>
    <message>
        <source>The password is wrong</source>
        <translation>密码错误</translation>
    </message>
    <message>
        <source>Try again. Nobody can reset it: if it is lost, ask for a new invitation and register again.</source>
        <translation>请重试。任何人都无法重置密码:若已遗忘,请申请新的邀请并重新注册。</translation>
    </message>
    <message>
        <source>The other side speaks another version</source>
        <translation>对方使用不同的版本</translation>
    </message>
    <message>
        <source>Bring both sides to the same version; the settings show the versions.</source>
        <translation>请将双方升级到同一版本;设置中可查看版本。</translation>
    </message>
</context>
<context>
    <name>LoadCharts</name>
    <message>
        <source>Processor, %</source>
        <translation>处理器（%）</translation>
    </message>
    <message>
        <source>Memory, %</source>
        <translation>内存（%）</translation>
    </message>
    <message>
        <source>Jobs that run</source>
        <translation>运行中的任务</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Uploads go on where they were the next time; trainings on the servers go on by themselves.</source>
        <translation>上传会在下次启动时从中断处继续;服务器上的训练会自行继续。</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) still run. Close anyway?</source>
        <translation>
            <numerusform>仍有 %n 个任务在运行。确定要关闭吗?</numerusform>
        </translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Log out</source>
        <translation>退出登录</translation>
    </message>
    <message>
        <source>They stop. Uploads go on where they were once you are back; trainings go on by themselves.</source>
        <translation>这些任务会停止。重新登录后上传可从中断处继续;服务器上的训练会自行继续。</translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) still run. Log out anyway?</source>
        <translation><numerusform>仍有 %n 个任务在运行。确定要退出登录吗?</numerusform></translation>
    </message>
</context>
<context>
    <name>NewPassword</name>
    <message>
        <source>New password</source>
        <translation>新密码</translation>
    </message>
    <message>
        <source>Repeat the password</source>
        <translation>重复密码</translation>
    </message>
    <message>
        <source>At least 10 characters</source>
        <translation>至少 10 个字符</translation>
    </message>
    <message>
        <source>Strength of the password</source>
        <translation>密码强度</translation>
    </message>
    <message>
        <source>The two are not the same yet.</source>
        <translation>两次输入还不一致。</translation>
    </message>
    <message>
        <source>Several words that do not belong together are a good password.</source>
        <translation>几个互不相关的词就是好密码。</translation>
    </message>
    <message>
        <source>Weak: easy to guess. Add words or other characters.</source>
        <translation>弱：容易被猜到。请增加词语或其他字符。</translation>
    </message>
    <message>
        <source>Fair.</source>
        <translation>一般。</translation>
    </message>
    <message>
        <source>Good.</source>
        <translation>良好。</translation>
    </message>
</context>
<context>
    <name>Pages</name>
    <message>
        <source>Dashboard</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Bring in images</source>
        <translation>导入图像</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Approvals</source>
        <translation>待批事项</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>PasswordDialog</name>
    <message>
        <source>Unlock your keys</source>
        <translation>解锁您的密钥</translation>
    </message>
    <message>
        <source>This has to be signed with your keys. Your password opens them on this machine; it is never sent.</source>
        <translation>此操作需要用您的密钥签名。密码仅在本机上打开密钥,绝不会被发送。</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
</context>
<context>
    <name>PasswordField</name>
    <message>
        <source>Show or hide the password</source>
        <translation>显示或隐藏密码</translation>
    </message>
</context>
<context>
    <name>Progress</name>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>running</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
</context>
<context>
    <name>Question</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Type %1 to confirm</source>
        <translation>请输入 %1 以确认</translation>
    </message>
</context>
<context>
    <name>TaskRow</name>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop: %1</source>
        <translation>停止:%1</translation>
    </message>
</context>
<context>
    <name>TasksPanel</name>
    <message>
        <source>Nothing is running</source>
        <translation>没有正在运行的任务</translation>
    </message>
    <message>
        <source>Uploads and other long work appear here.</source>
        <translation>上传和其他耗时任务会显示在这里。</translation>
    </message>
    <message>
        <source>Clear finished</source>
        <translation>清除已结束</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
</context>
<context>
    <name>Topbar</name>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>刷新</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Keys are locked</source>
        <translation>密钥已锁定</translation>
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
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>没有响应</translation>
    </message>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n 个进行中</numerusform>
        </translation>
    </message>
    <message>
        <source>Keys are unlocked; press to lock them</source>
        <translation>密钥已解锁;点击以锁定</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>刚刚</translation>
    </message>
    <message>
        <source>%1 d ago</source>
        <translation>%1 天前</translation>
    </message>
    <message>
        <source>%1 h ago</source>
        <translation>%1 小时前</translation>
    </message>
    <message>
        <source>%1 min ago</source>
        <translation>%1 分钟前</translation>
    </message>
</context>
</TS>
