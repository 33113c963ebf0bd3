<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>ConnectStep</name>
    <message>
        <source>Connect to a deployment</source>
        <translation>连接到部署</translation>
    </message>
    <message>
        <source>The operator of the servers gave you a kit, or an address.</source>
        <translation>服务器的运营方给了您一个部署包或一个地址。</translation>
    </message>
    <message>
        <source>Is this your deployment?</source>
        <translation>这是您的部署吗？</translation>
    </message>
    <message>
        <source>Compare the fingerprint with the one that the operator told you on another way.</source>
        <translation>请将指纹与运营方通过其他途径告诉您的指纹进行比对。</translation>
    </message>
    <message>
        <source>Drop the kit folder or deployment.json here</source>
        <translation>将部署包文件夹或 deployment.json 拖放到此处</translation>
    </message>
    <message>
        <source>Open file…</source>
        <translation>打开文件…</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>打开文件夹…</translation>
    </message>
    <message>
        <source>64 digits from 0 to 9 and a to f</source>
        <translation>64 位字符，由 0 到 9 和 a 到 f 组成</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Address of a node</source>
        <translation>某个节点的地址</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>I have keys from another device</source>
        <translation>我有来自其他设备的密钥</translation>
    </message>
    <message>
        <source>The fingerprint is the same</source>
        <translation>指纹一致</translation>
    </message>
    <message>
        <source>It is another one</source>
        <translation>指纹不同</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>If it differs, somebody stands in between: do not go on, and tell the operator.</source>
        <translation>如果不同，说明中间有人冒充：请不要继续，并告知运营方。</translation>
    </message>
    <message>
        <source>Deployment (*.json)</source>
        <translation>部署描述 (*.json)</translation>
    </message>
    <message>
        <source>Open a deployment</source>
        <translation>打开部署描述</translation>
    </message>
    <message>
        <source>Open a kit folder</source>
        <translation>打开部署包文件夹</translation>
    </message>
</context>
<context>
    <name>Door</name>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
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
        <source>Split on this machine</source>
        <translation>在本机拆分</translation>
    </message>
    <message>
        <source>Every image becomes two shares that look like noise. One goes to each server.</source>
        <translation>每张图像被拆成两份看起来像噪声的秘密份额，每台服务器各得一份。</translation>
    </message>
    <message>
        <source>Nothing without your consent</source>
        <translation>未经您同意，什么都不会做</translation>
    </message>
    <message>
        <source>You sign exactly what your data is used for, and can take it back.</source>
        <translation>您签名确认数据的确切用途，并且可以撤回。</translation>
    </message>
    <message>
        <source>Everything on record</source>
        <translation>一切都有记录</translation>
    </message>
    <message>
        <source>A log that nobody can rewrite shows who did what; you can check it yourself.</source>
        <translation>任何人都无法改写的日志记录了谁做了什么；您可以自行核查。</translation>
    </message>
    <message>
        <source>Train models on images that stay secret.</source>
        <translation>在始终保密的图像上训练模型。</translation>
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
        <source>The password is wrong</source>
        <translation>密码错误</translation>
    </message>
    <message>
        <source>Nothing was sent anywhere. Check the keyboard layout and Caps Lock, then try again. Nobody can reset the password; if it is lost, make new keys.</source>
        <translation>没有发送任何内容。请检查键盘布局和大写锁定，然后重试。任何人都无法重置密码；如果密码已丢失，请生成新密钥。</translation>
    </message>
    <message>
        <source>Not approved yet</source>
        <translation>尚未批准</translation>
    </message>
    <message>
        <source>An administrator has to compare your fingerprint and approve your account. Read it to them by telephone or in person, then check again.</source>
        <translation>需要管理员比对您的指纹并批准您的账户。请通过电话或当面读给管理员听，然后再次检查。</translation>
    </message>
    <message>
        <source>Your account is locked</source>
        <translation>您的账户已被锁定</translation>
    </message>
    <message>
        <source>An administrator has disabled it. Your data and keys are untouched. Ask an administrator of the deployment why, and to enable it again.</source>
        <translation>管理员停用了该账户。您的数据和密钥未受影响。请向部署的管理员询问原因，并请其重新启用。</translation>
    </message>
    <message>
        <source>The nodes do not know this device</source>
        <translation>节点不认识这台设备</translation>
    </message>
    <message>
        <source>It was never introduced, or its registration was not completed. Introduce it with your keys; if you never completed the registration, register again with your invitation.</source>
        <translation>它从未登记过，或者注册没有完成。请用您的密钥登记它；如果您从未完成注册，请用邀请重新注册。</translation>
    </message>
    <message>
        <source>Your account has newer keys than this device</source>
        <translation>您的账户有比本设备更新的密钥</translation>
    </message>
    <message>
        <source>Export the keys on the device that has the new ones, then import the file here. Old models stay readable.</source>
        <translation>请在拥有新密钥的设备上导出密钥，然后在此导入该文件。旧模型仍可读取。</translation>
    </message>
    <message>
        <source>The nodes show different keys of you</source>
        <translation>各节点显示的您的密钥不一致</translation>
    </message>
    <message>
        <source>Do not go on. One node shows keys that are not yours. Tell the operators of all three nodes.</source>
        <translation>请不要继续。某个节点显示了不属于您的密钥。请告知全部三个节点的运营方。</translation>
    </message>
    <message>
        <source>The nodes are not in step about your account</source>
        <translation>各节点关于您账户的记录不同步</translation>
    </message>
    <message>
        <source>A change has not reached every node. Ask an administrator to repair the accounts, then log in again.</source>
        <translation>有一项更改没有到达所有节点。请管理员修复账户，然后重新登录。</translation>
    </message>
    <message>
        <source>A node cannot be reached</source>
        <translation>无法连接到节点</translation>
    </message>
    <message>
        <source>Check the network, the VPN and the address; the operator can tell whether the node runs. Nothing is lost; try again.</source>
        <translation>请检查网络、VPN 和地址；运营方可以告诉您节点是否在运行。没有丢失任何内容，请重试。</translation>
    </message>
    <message>
        <source>Your login has ended</source>
        <translation>您的登录已过期</translation>
    </message>
    <message>
        <source>Logins end after a while. Enter your password to go on; work in progress is not lost.</source>
        <translation>登录会在一段时间后结束。请输入密码继续；正在进行的工作不会丢失。</translation>
    </message>
    <message>
        <source>You are not logged in any more</source>
        <translation>您已不再处于登录状态</translation>
    </message>
    <message>
        <source>The login of this device was ended. Enter your password to log in again.</source>
        <translation>本设备的登录已被结束。请输入密码重新登录。</translation>
    </message>
    <message>
        <source>Too many attempts</source>
        <translation>尝试次数过多</translation>
    </message>
    <message>
        <source>The node takes no more attempts for a moment. Wait a minute, then try again.</source>
        <translation>节点暂时不再接受尝试。请等待一分钟后重试。</translation>
    </message>
    <message>
        <source>This is not the deployment you expect</source>
        <translation>这不是您期望的部署</translation>
    </message>
    <message>
        <source>What answers has another fingerprint or certificate. Do not continue; somebody may stand in between. Compare the fingerprint with the operator.</source>
        <translation>应答方的指纹或证书不同。请不要继续；中间可能有人冒充。请与运营方比对指纹。</translation>
    </message>
    <message>
        <source>This file is not a deployment</source>
        <translation>该文件不是部署描述</translation>
    </message>
    <message>
        <source>Choose the kit folder, its kit.json or its deployment.json, as the operator gave it.</source>
        <translation>请选择运营方提供的部署包文件夹、其中的 kit.json 或 deployment.json。</translation>
    </message>
    <message>
        <source>The kit was changed after it was signed</source>
        <translation>部署包在签名后被改动过</translation>
    </message>
    <message>
        <source>Do not use it. Ask the operator for the kit again.</source>
        <translation>请不要使用它。请向运营方重新索取部署包。</translation>
    </message>
    <message>
        <source>What answers is not a node of this version</source>
        <translation>应答方不是此版本的节点</translation>
    </message>
    <message>
        <source>Check the address with the operator, or open the kit file instead; it needs no connection.</source>
        <translation>请与运营方核对地址，或改为打开部署包文件；这样不需要连接。</translation>
    </message>
    <message>
        <source>The key file is damaged</source>
        <translation>密钥文件已损坏</translation>
    </message>
    <message>
        <source>Restore it from a backup, import your keys from another device, or make new keys with a new invitation.</source>
        <translation>请从备份恢复，从其他设备导入密钥，或凭新的邀请生成新密钥。</translation>
    </message>
    <message>
        <source>The key file is of a newer program</source>
        <translation>密钥文件来自更新版本的程序</translation>
    </message>
    <message>
        <source>Install the newer version of ImageGuard on this device; the file is not changed.</source>
        <translation>请在本设备上安装更新版本的 ImageGuard；文件未被改动。</translation>
    </message>
    <message>
        <source>The nodes refuse this registration</source>
        <translation>节点拒绝了此注册</translation>
    </message>
    <message>
        <source>Check the code, the user name and the organisation: they must be as in your invitation. A code works once, and only until it expires.</source>
        <translation>请检查邀请码、用户名和机构：它们必须与邀请中一致。邀请码只能使用一次，且过期后失效。</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Nothing is lost; start again when you are ready.</source>
        <translation>没有丢失任何内容；准备好后请重新开始。</translation>
    </message>
</context>
<context>
    <name>LoginStep</name>
    <message>
        <source>Welcome back</source>
        <translation>欢迎回来</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Stay logged in on this device</source>
        <translation>在本设备上保持登录</translation>
    </message>
    <message>
        <source>A login token is kept on this device, never the password. Signing asks for the password again.</source>
        <translation>本设备只保存登录令牌，绝不保存密码。签名时会再次询问密码。</translation>
    </message>
    <message>
        <source>Log in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Password lost</source>
        <translation>密码丢失</translation>
    </message>
    <message>
        <source>Register again</source>
        <translation>重新注册</translation>
    </message>
    <message>
        <source>Import keys</source>
        <translation>导入密钥</translation>
    </message>
    <message>
        <source>Introduce this device</source>
        <translation>登记本设备</translation>
    </message>
</context>
<context>
    <name>MoveStep</name>
    <message>
        <source>Import your keys</source>
        <translation>导入您的密钥</translation>
    </message>
    <message>
        <source>On the other device: Settings, Keys and devices, Export keys. Bring the file here.</source>
        <translation>在另一台设备上：设置、密钥与设备、导出密钥。然后把文件带到这里。</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>Password of the file</source>
        <translation>文件的密码</translation>
    </message>
    <message>
        <source>Password of the keys on this device</source>
        <translation>本设备上密钥的密码</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>New password for this device</source>
        <translation>本设备的新密码</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Choose the key file</source>
        <translation>选择密钥文件</translation>
    </message>
</context>
<context>
    <name>NewKeysStep</name>
    <message>
        <source>Make new keys</source>
        <translation>生成新密钥</translation>
    </message>
    <message>
        <source>The password is lost: nobody can open or reset the old keys.</source>
        <translation>密码已丢失：任何人都无法打开或重置旧密钥。</translation>
    </message>
    <message>
        <source>Ask an administrator for a new invitation for your user name.</source>
        <translation>请管理员为您的用户名发一个新的邀请。</translation>
    </message>
    <message>
        <source>Register with it. Your old keys are kept on this device under another name.</source>
        <translation>用它注册。旧密钥会以其他名称保留在本设备上。</translation>
    </message>
    <message>
        <source>Models that were sealed to the old keys stay closed, unless the password turns up again.</source>
        <translation>除非找回密码，否则加密给旧密钥的模型将无法打开。</translation>
    </message>
    <message>
        <source>Consents signed with the old keys do not count any more; projects need a new revision.</source>
        <translation>用旧密钥签署的同意不再有效；项目需要新的修订版。</translation>
    </message>
    <message>
        <source>Put the old keys aside</source>
        <translation>将旧密钥移到一旁</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
</context>
<context>
    <name>RegisterStep</name>
    <message>
        <source>Register</source>
        <translation>注册</translation>
    </message>
    <message>
        <source>Your keys are made on this device and never leave it. Nobody can reset the password.</source>
        <translation>您的密钥在本设备上生成，永不离开本设备。任何人都无法重置密码。</translation>
    </message>
    <message>
        <source>Small letters, digits, dots and dashes</source>
        <translation>小写字母、数字、点和连字符</translation>
    </message>
    <message>
        <source>Spelled as in your invitation</source>
        <translation>与邀请中的写法一致</translation>
    </message>
    <message>
        <source>I set this deployment up and have the tokens of its nodes</source>
        <translation>我搭建了此部署，并持有其节点的令牌</translation>
    </message>
    <message>
        <source>Invitation code</source>
        <translation>邀请码</translation>
    </message>
    <message>
        <source>Token of server A</source>
        <translation>服务器 A 的令牌</translation>
    </message>
    <message>
        <source>Token of server B</source>
        <translation>服务器 B 的令牌</translation>
    </message>
    <message>
        <source>Token of the log node</source>
        <translation>日志节点的令牌</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Organisation</source>
        <translation>机构</translation>
    </message>
    <message>
        <source>Name of this device</source>
        <translation>本设备的名称</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Another deployment</source>
        <translation>其他部署</translation>
    </message>
    <message>
        <source>Import keys</source>
        <translation>导入密钥</translation>
    </message>
    <message>
        <source>This device has keys of an earlier try already. Enter the password of that time, or make new keys.</source>
        <translation>本设备已有先前尝试时生成的密钥。请输入当时的密码，或生成新密钥。</translation>
    </message>
    <message>
        <source>Make new keys</source>
        <translation>生成新密钥</translation>
    </message>
</context>
<context>
    <name>Step</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Using the login of this device…</source>
        <translation>正在使用本设备的登录…</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>正在连接…</translation>
    </message>
    <message>
        <source>Making keys and introducing you to the three nodes…</source>
        <translation>正在生成密钥并向三个节点登记…</translation>
    </message>
    <message>
        <source>Opening your keys and logging in…</source>
        <translation>正在打开密钥并登录…</translation>
    </message>
    <message>
        <source>Asking the nodes…</source>
        <translation>正在询问节点…</translation>
    </message>
    <message>
        <source>Opening the file and introducing this device…</source>
        <translation>正在打开文件并登记本设备…</translation>
    </message>
</context>
<context>
    <name>WaitingStep</name>
    <message>
        <source>Read this to your administrator</source>
        <translation>请将以下数字读给管理员</translation>
    </message>
    <message>
        <source>Your registration is at all three nodes. An administrator compares these numbers with you.</source>
        <translation>您的注册已到达全部三个节点。管理员会与您比对这些数字。</translation>
    </message>
    <message>
        <source>Your fingerprint</source>
        <translation>您的指纹</translation>
    </message>
    <message>
        <source>By telephone or in person, not by e-mail: whoever could change the numbers on the way could stand in.</source>
        <translation>请通过电话或当面，不要用电子邮件：能在途中改动数字的人就能冒充。</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>再次检查</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Log in later</source>
        <translation>稍后登录</translation>
    </message>
</context>
</TS>
