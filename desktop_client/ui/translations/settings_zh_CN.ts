<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutTab</name>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Formats</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Copy for support</source>
        <translation>复制给技术支持</translation>
    </message>
    <message>
        <source>Versions only: no names, keys, addresses or paths.</source>
        <translation>仅含版本：没有姓名、密钥、地址或路径。</translation>
    </message>
    <message>
        <source>Licence of the icons</source>
        <translation>图标的许可证</translation>
    </message>
    <message>
        <source>Made with</source>
        <translation>使用的软件</translation>
    </message>
</context>
<context>
    <name>ChangePassword</name>
    <message>
        <source>Change your password</source>
        <translation>更改密码</translation>
    </message>
    <message>
        <source>It locks your keys on this device only; other devices keep theirs.</source>
        <translation>它只锁定本设备上的密钥；其他设备保持各自的密码。</translation>
    </message>
    <message>
        <source>Change password</source>
        <translation>更改密码</translation>
    </message>
    <message>
        <source>Present password</source>
        <translation>当前密码</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>新密码</translation>
    </message>
</context>
<context>
    <name>ExportKeys</name>
    <message>
        <source>Export your keys</source>
        <translation>导出您的密钥</translation>
    </message>
    <message>
        <source>For another device or a safe. Whoever has the file and its password can sign as you.</source>
        <translation>用于其他设备或存放于保险柜。持有该文件及其密码的人可以以您的名义签名。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Password of the file</source>
        <translation>文件的密码</translation>
    </message>
</context>
<context>
    <name>KeysTab</name>
    <message>
        <source>Your fingerprint</source>
        <translation>您的指纹</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Change password…</source>
        <translation>更改密码…</translation>
    </message>
    <message>
        <source>Export keys…</source>
        <translation>导出密钥…</translation>
    </message>
    <message>
        <source>Replace keys…</source>
        <translation>更换密钥…</translation>
    </message>
    <message>
        <source>These numbers stand for your name and your public keys.</source>
        <translation>这些数字代表您的用户名和公钥。</translation>
    </message>
    <message>
        <source>Your keys</source>
        <translation>您的密钥</translation>
    </message>
    <message>
        <source>No devices are listed</source>
        <translation>没有设备</translation>
    </message>
    <message>
        <source>Asking the nodes…</source>
        <translation>正在询问节点…</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>吊销…</translation>
    </message>
    <message>
        <source>Log out everywhere…</source>
        <translation>在所有设备上退出…</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>server A</source>
        <translation>服务器 A</translation>
    </message>
    <message>
        <source>server B</source>
        <translation>服务器 B</translation>
    </message>
    <message>
        <source>the log node</source>
        <translation>日志节点</translation>
    </message>
    <message>
        <source>No answer from: %1</source>
        <translation>没有应答：%1</translation>
    </message>
    <message>
        <source>Revoke %1?</source>
        <translation>吊销 %1 吗？</translation>
    </message>
    <message>
        <source>It is refused for ever and its logins end at once. If it was lost, replace your keys as well.</source>
        <translation>它将被永久拒绝，其登录立即结束。如果设备已丢失，请同时更换密钥。</translation>
    </message>
    <message>
        <source>This is THIS device: you cannot log in here any more. %1</source>
        <translation>这就是本设备：您将不能再在此登录。%1</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>吊销</translation>
    </message>
    <message>
        <source>The logins of all your devices end now, this one too. Tasks that run here are stopped.</source>
        <translation>您所有设备的登录现在结束，包括本设备。在此运行的任务会停止。</translation>
    </message>
    <message>
        <source>Log out everywhere?</source>
        <translation>在所有设备上退出吗？</translation>
    </message>
    <message>
        <source>Log out everywhere</source>
        <translation>在所有设备上退出</translation>
    </message>
    <message>
        <source>may log in</source>
        <translation>可登录</translation>
    </message>
    <message>
        <source>revoked</source>
        <translation>已吊销</translation>
    </message>
    <message>
        <source>differs between nodes</source>
        <translation>各节点不一致</translation>
    </message>
    <message>
        <source>%1 (this device)</source>
        <translation>%1（本设备）</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>上次登录</translation>
    </message>
</context>
<context>
    <name>NodeCard</name>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
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
        <source>asking…</source>
        <translation>正在询问…</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>works with limits</source>
        <translation>受限工作</translation>
    </message>
    <message>
        <source>not ready</source>
        <translation>未就绪</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>没有应答</translation>
    </message>
    <message>
        <source>Version %1</source>
        <translation>版本 %1</translation>
    </message>
    <message>
        <source>Version %1; this program is %2</source>
        <translation>版本 %1；本程序为 %2</translation>
    </message>
    <message>
        <source>Its clock agrees with this machine</source>
        <translation>其时钟与本机一致</translation>
    </message>
    <message>
        <source>Its clock is %1 s ahead</source>
        <translation>其时钟快 %1 秒</translation>
    </message>
    <message>
        <source>Its clock is %1 s behind</source>
        <translation>其时钟慢 %1 秒</translation>
    </message>
</context>
<context>
    <name>NodesTab</name>
    <message>
        <source>Fingerprint of the deployment</source>
        <translation>部署的指纹</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>Deployment</source>
        <translation>部署</translation>
    </message>
    <message>
        <source>Check everything</source>
        <translation>全面检查</translation>
    </message>
    <message>
        <source>Copy results</source>
        <translation>复制结果</translation>
    </message>
    <message>
        <source>Names, ports, certificates, clocks, versions and rules of every node. Nothing is changed.</source>
        <translation>检查每个节点的名称、端口、证书、时钟、版本和规则。不做任何更改。</translation>
    </message>
    <message>
        <source>Before work begins</source>
        <translation>工作开始之前</translation>
    </message>
    <message>
        <source>in order</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>look at it</source>
        <translation>需注意</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>%1 in order, %2 to look at, %3 failed</source>
        <translation>%1 项正常，%2 项需注意，%3 项失败</translation>
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
</context>
<context>
    <name>RotateKeys</name>
    <message>
        <source>Replace your keys?</source>
        <translation>更换您的密钥吗？</translation>
    </message>
    <message>
        <source>Do this when a device was lost or somebody else may know your keys. Consents you gave count no more, projects that name the old keys need a new revision, and your other devices have to import the new keys. Old models stay readable. A rotation that was cut off is finished.</source>
        <translation>在设备丢失或他人可能知道您的密钥时执行。您给出的同意不再有效，使用旧密钥的项目需要新的修订版，您的其他设备必须导入新密钥。旧模型仍可读取。中断的更换会被完成。</translation>
    </message>
    <message>
        <source>Replace keys</source>
        <translation>更换密钥</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>What is changed here is saved at once.</source>
        <translation>此处的更改会立即保存。</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>节点</translation>
    </message>
    <message>
        <source>Keys and devices</source>
        <translation>密钥与设备</translation>
    </message>
    <message>
        <source>Storage</source>
        <translation>存储</translation>
    </message>
    <message>
        <source>The password is changed. Old copies of the key file keep the old one.</source>
        <translation>密码已更改。密钥文件的旧副本仍使用旧密码。</translation>
    </message>
    <message>
        <source>Your keys are in the file, locked by its own password.</source>
        <translation>您的密钥已写入文件，并由其自己的密码锁定。</translation>
    </message>
    <message>
        <source>You have new keys at all three nodes.</source>
        <translation>您在三个节点上都有了新密钥。</translation>
    </message>
    <message>
        <source>The device is revoked at all nodes.</source>
        <translation>该设备已在所有节点吊销。</translation>
    </message>
    <message>
        <source>Deleted.</source>
        <translation>已删除。</translation>
    </message>
</context>
<context>
    <name>StorageTab</name>
    <message>
        <source>Profile folder</source>
        <translation>配置文件夹</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>What takes room</source>
        <translation>占用空间</translation>
    </message>
    <message>
        <source>New bundles go to %1, a folder for each import, unless you choose another one there.</source>
        <translation>新的份额包存放在 %1，每次导入一个文件夹，除非您在导入时另选位置。</translation>
    </message>
    <message>
        <source>%1 free on this disk</source>
        <translation>此磁盘剩余 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s)</source>
        <translation>
            <numerusform>%n 个文件</numerusform>
        </translation>
    </message>
    <message>
        <source>Clean up…</source>
        <translation>清理…</translation>
    </message>
    <message>
        <source>Clean up: %1</source>
        <translation>清理：%1</translation>
    </message>
    <message>
        <source>Clean up: %1?</source>
        <translation>清理：%1？</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Keys and settings</source>
        <translation>密钥与设置</translation>
    </message>
    <message>
        <source>Needed to log in and to open models.</source>
        <translation>登录和打开模型所必需。</translation>
    </message>
    <message>
        <source>Bundles</source>
        <translation>份额包</translation>
    </message>
    <message>
        <source>Bundles whose upload is complete are deleted; those still to be uploaded stay.</source>
        <translation>已完成上传的份额包会被删除；尚待上传的会保留。</translation>
    </message>
    <message>
        <source>Imports</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Choices of imports; delete them on the page Data.</source>
        <translation>导入的选择；请在“数据”页面删除。</translation>
    </message>
    <message>
        <source>Models and trainings</source>
        <translation>模型与训练</translation>
    </message>
    <message>
        <source>Delete them on the page Models.</source>
        <translation>请在“模型”页面删除。</translation>
    </message>
    <message>
        <source>Receipts</source>
        <translation>回执</translation>
    </message>
    <message>
        <source>What servers signed for; keep them.</source>
        <translation>服务器签收的凭证；请保留。</translation>
    </message>
    <message>
        <source>Copy of the log</source>
        <translation>日志副本</translation>
    </message>
    <message>
        <source>The copy is deleted; it is fetched and verified again when the audit is opened.</source>
        <translation>副本会被删除；打开审计时会重新获取并验证。</translation>
    </message>
    <message>
        <source>Other files</source>
        <translation>其他文件</translation>
    </message>
    <message>
        <source>Not made by a page of this program.</source>
        <translation>不是由本程序的页面创建的。</translation>
    </message>
</context>
<context>
    <name>WindowTab</name>
    <message>
        <source>As the desktop</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>When the program ends</source>
        <translation>程序结束时</translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n 分钟</numerusform>
        </translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Reset the layout</source>
        <translation>重置布局</translation>
    </message>
    <message>
        <source>Windows and columns</source>
        <translation>窗口与列</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Stay logged in on this device</source>
        <translation>在本设备上保持登录</translation>
    </message>
    <message>
        <source>Lock keys after</source>
        <translation>锁定密钥时间</translation>
    </message>
    <message>
        <source>A login token is kept on this device, never the password. While keys are unlocked, signing does not ask for the password; tasks that run go on when they are locked.</source>
        <translation>本设备只保存登录令牌，绝不保存密码。密钥解锁期间，签名不会询问密码；锁定后正在运行的任务会继续。</translation>
    </message>
    <message>
        <source>Login and keys</source>
        <translation>登录与密钥</translation>
    </message>
    <message>
        <source>Windows and columns are as at first when they are opened the next time.</source>
        <translation>窗口和列在下次打开时恢复初始状态。</translation>
    </message>
</context>
</TS>
