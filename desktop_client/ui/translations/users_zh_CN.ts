<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>ApproveDialog</name>
    <message>
        <source>Approve %1?</source>
        <translation>批准 %1 吗？</translation>
    </message>
    <message>
        <source>%1, %2. All three nodes show the same keys.</source>
        <translation>%1，%2。三个节点显示的密钥一致。</translation>
    </message>
    <message>
        <source>These are NEW KEYS for an account that exists: its old keys and devices stop working.</source>
        <translation>这是已有账户的新密钥：其旧密钥和旧设备将停止工作。</translation>
    </message>
    <message>
        <source>Numbers that %1 reads to you by telephone or in person</source>
        <translation>%1 通过电话或当面读给您的数字</translation>
    </message>
    <message>
        <source>Compare by eye instead</source>
        <translation>改为目视比对</translation>
    </message>
    <message>
        <source>I heard exactly these numbers from this person</source>
        <translation>我从此人口中听到的正是这些数字</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>批准</translation>
    </message>
    <message>
        <source>These are the numbers of the keys at the nodes.</source>
        <translation>这正是节点上密钥的数字。</translation>
    </message>
    <message>
        <source>These are OTHER numbers. Ask for them again; if they stay different, do not approve.</source>
        <translation>数字不一致。请再问一次；如果仍然不同，请不要批准。</translation>
    </message>
    <message>
        <source>%1 of %2 digits</source>
        <translation>已输入 %1 / %2 位</translation>
    </message>
</context>
<context>
    <name>InviteDialog</name>
    <message>
        <source>Invite somebody</source>
        <translation>邀请他人</translation>
    </message>
    <message>
        <source>You get a code to give to that person. For an account that exists it allows new keys.</source>
        <translation>您会得到一个交给此人的邀请码。对于已有账户，它允许更换新密钥。</translation>
    </message>
    <message>
        <source>Small letters, digits, dots and dashes</source>
        <translation>小写字母、数字、点和连字符</translation>
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
        <source>Role</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>Days the code works</source>
        <translation>邀请码有效天数</translation>
    </message>
    <message>
        <source>Invite</source>
        <translation>邀请</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>%1 may register</source>
        <translation>%1 可以注册</translation>
    </message>
    <message>
        <source>%1, %2; the code works once and until %3.</source>
        <translation>%1，%2；邀请码仅可使用一次，有效期至 %3。</translation>
    </message>
    <message>
        <source>It is not known at: %1. Invite again when all nodes answer.</source>
        <translation>以下节点未收到：%1。请在所有节点应答后重新邀请。</translation>
    </message>
    <message>
        <source>Invitation code</source>
        <translation>邀请码</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>It is shown only now and is stored nowhere. Give it to that person only, in a way you trust.</source>
        <translation>它只在此刻显示，不会保存在任何地方。请以可信的方式只交给此人。</translation>
    </message>
</context>
<context>
    <name>ReasonDialog</name>
    <message>
        <source>Reason; everybody in the deployment can see it</source>
        <translation>理由；部署中的所有人都能看到</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
</context>
<context>
    <name>Users</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Organisation</source>
        <translation>机构</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>上次登录</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>节点</translation>
    </message>
    <message>
        <source>Nobody is listed yet</source>
        <translation>还没有用户</translation>
    </message>
    <message>
        <source>waits for approval</source>
        <translation>等待批准</translation>
    </message>
    <message>
        <source>active</source>
        <translation>有效</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>All roles</source>
        <translation>所有角色</translation>
    </message>
    <message>
        <source>All states</source>
        <translation>所有状态</translation>
    </message>
    <message>
        <source>Invited</source>
        <translation>邀请时间</translation>
    </message>
    <message>
        <source>Works until</source>
        <translation>有效期至</translation>
    </message>
    <message>
        <source>No invitations yet</source>
        <translation>还没有邀请</translation>
    </message>
    <message>
        <source>Whoever shall take part needs the code of an invitation.</source>
        <translation>要参与的人需要一个邀请码。</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Own data sets</source>
        <translation>自有数据集</translation>
    </message>
    <message>
        <source>No projects that you may see</source>
        <translation>没有您可见的项目</translation>
    </message>
    <message>
        <source>Members of a project see it; an administrator is no member by itself.</source>
        <translation>项目成员才能看到项目；管理员并不自动成为成员。</translation>
    </message>
    <message>
        <source>Administrator</source>
        <translation>管理员</translation>
    </message>
    <message>
        <source>User</source>
        <translation>普通用户</translation>
    </message>
    <message>
        <source>new keys wait for approval</source>
        <translation>新密钥等待批准</translation>
    </message>
    <message>
        <source>in step</source>
        <translation>同步</translation>
    </message>
    <message>
        <source>behind: %1</source>
        <translation>落后：%1</translation>
    </message>
    <message>
        <source>not known: %1</source>
        <translation>未知：%1</translation>
    </message>
    <message>
        <source>nodes contradict each other</source>
        <translation>节点互相矛盾</translation>
    </message>
    <message>
        <source>log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>open</source>
        <translation>有效</translation>
    </message>
    <message>
        <source>used</source>
        <translation>已使用</translation>
    </message>
    <message>
        <source>withdrawn</source>
        <translation>已撤销</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>已过期</translation>
    </message>
    <message>
        <source>differs between nodes</source>
        <translation>各节点不一致</translation>
    </message>
    <message>
        <source>owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>editor</source>
        <translation>编辑者</translation>
    </message>
    <message>
        <source>viewer</source>
        <translation>查看者</translation>
    </message>
    <message>
        <source>data owner</source>
        <translation>数据所有者</translation>
    </message>
    <message>
        <source>waits for consents</source>
        <translation>等待同意</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>archived</source>
        <translation>已归档</translation>
    </message>
    <message>
        <source>%1 is approved at all nodes.</source>
        <translation>%1 已在所有节点获得批准。</translation>
    </message>
    <message>
        <source>The request of %1 is turned down.</source>
        <translation>%1 的请求已被拒绝。</translation>
    </message>
    <message>
        <source>%1 has another role now.</source>
        <translation>%1 的角色已更改。</translation>
    </message>
    <message>
        <source>%1 is disabled; every login has ended.</source>
        <translation>%1 已停用；其所有登录均已结束。</translation>
    </message>
    <message>
        <source>%1 may log in again.</source>
        <translation>%1 可以重新登录了。</translation>
    </message>
    <message>
        <source>The invitation of %1 works no more.</source>
        <translation>%1 的邀请已失效。</translation>
    </message>
</context>
<context>
    <name>UsersPage</name>
    <message>
        <source>Every account as all three nodes show it. What you change here is signed with your keys.</source>
        <translation>三个节点显示的所有账户。您在此所做的更改用您的密钥签名。</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Invite…</source>
        <translation>邀请…</translation>
    </message>
    <message>
        <source>Asking the nodes…</source>
        <translation>正在询问节点…</translation>
    </message>
    <message>
        <source>People</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>邀请</translation>
    </message>
    <message>
        <source>By project</source>
        <translation>按项目</translation>
    </message>
    <message>
        <source>No answer from: %1. What is shown comes from the other nodes.</source>
        <translation>没有应答：%1。所显示的内容来自其他节点。</translation>
    </message>
    <message>
        <source>Nodes contradict each other about an account. Tell all operators.</source>
        <translation>各节点关于某个账户互相矛盾。请告知所有运营方。</translation>
    </message>
    <message>
        <source>The nodes are not in step about: %1. Repairing carries over what is missing.</source>
        <translation>各节点关于以下账户不同步：%1。修复会补齐缺失的内容。</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>Copy the fingerprint</source>
        <translation>复制指纹</translation>
    </message>
    <message>
        <source>Compare and approve…</source>
        <translation>比对并批准…</translation>
    </message>
    <message>
        <source>Turn down…</source>
        <translation>拒绝…</translation>
    </message>
    <message>
        <source>Disable…</source>
        <translation>停用…</translation>
    </message>
    <message>
        <source>Enable…</source>
        <translation>启用…</translation>
    </message>
    <message>
        <source>since %1</source>
        <translation>自 %1 起</translation>
    </message>
    <message>
        <source>Make an ordinary user…</source>
        <translation>改为普通用户…</translation>
    </message>
    <message>
        <source>Make an administrator…</source>
        <translation>设为管理员…</translation>
    </message>
    <message>
        <source>Turn down the request of %1?</source>
        <translation>拒绝 %1 的请求吗？</translation>
    </message>
    <message>
        <source>The code of the invitation is used up; a new one can be sent any time.</source>
        <translation>该邀请码已用完；可以随时发送新的邀请。</translation>
    </message>
    <message>
        <source>Turn down</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Disable %1?</source>
        <translation>停用 %1 吗？</translation>
    </message>
    <message>
        <source>Every login of this person ends at once. Data sets and consents stay as they are.</source>
        <translation>此人的所有登录立即结束。数据集和同意保持不变。</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>停用</translation>
    </message>
    <message>
        <source>Enable %1 again?</source>
        <translation>重新启用 %1 吗？</translation>
    </message>
    <message>
        <source>This person may log in with the same keys as before.</source>
        <translation>此人可以用与之前相同的密钥登录。</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>启用</translation>
    </message>
    <message>
        <source>Make %1 an ordinary user?</source>
        <translation>将 %1 改为普通用户吗？</translation>
    </message>
    <message>
        <source>Make %1 an administrator?</source>
        <translation>将 %1 设为管理员吗？</translation>
    </message>
    <message>
        <source>This person can no longer invite, approve or change accounts.</source>
        <translation>此人将不能再邀请、批准或更改账户。</translation>
    </message>
    <message>
        <source>Administrators invite and approve people and change accounts. They do not see anybody&apos;s images.</source>
        <translation>管理员邀请和批准人员并更改账户。他们看不到任何人的图像。</translation>
    </message>
    <message>
        <source>Change role</source>
        <translation>更改角色</translation>
    </message>
    <message>
        <source>Withdraw…</source>
        <translation>撤销…</translation>
    </message>
    <message>
        <source>Withdraw the invitation of %1?</source>
        <translation>撤销 %1 的邀请吗？</translation>
    </message>
    <message>
        <source>Its code becomes useless at all nodes.</source>
        <translation>其邀请码在所有节点上失效。</translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Not everything could be repaired</source>
        <translation>未能全部修复</translation>
    </message>
    <message numerus="yes">
        <source>%n document(s) carried over; all nodes are in step.</source>
        <translation>
            <numerusform>已补齐 %n 份文件；所有节点均已同步。</numerusform>
        </translation>
    </message>
</context>
</TS>
