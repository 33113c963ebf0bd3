<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AudienceField</name>
    <message>
        <source>Only me</source>
        <translation>仅自己</translation>
    </message>
    <message>
        <source>Named people</source>
        <translation>指定人员</translation>
    </message>
    <message>
        <source>Everybody of this deployment</source>
        <translation>本部署的所有人</translation>
    </message>
    <message>
        <source>Type a name, then Enter</source>
        <translation>输入姓名后按回车</translation>
    </message>
    <message>
        <source>People it is shared with</source>
        <translation>共享给这些人</translation>
    </message>
    <message>
        <source>Everybody with an account here will see its name, description, classes and size, and may ask to use it in a project. Nobody sees an image, and every project still needs your consent.</source>
        <translation>本部署中每个有账户的人都能看到它的名称、说明、类别和大小，并可以请求在项目中使用。没有人能看到图像，而且每个项目仍需要您的同意。</translation>
    </message>
    <message>
        <source>Whoever may use it can put it into a project; nothing is computed without your signed consent.</source>
        <translation>有权使用的人可以把它加入项目；没有您签名的同意，不会进行任何计算。</translation>
    </message>
</context>
<context>
    <name>ChipsField</name>
    <message>
        <source>Take away</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Take away %1</source>
        <translation>移除 %1</translation>
    </message>
</context>
<context>
    <name>ClassBars</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation><numerusform>另有 %n 个</numerusform></translation>
    </message>
</context>
<context>
    <name>ClassesCard</name>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Images of each class</source>
        <translation>各类别图像数</translation>
    </message>
    <message>
        <source>How many images each class has is a secret of the owner, unless the owner says so.</source>
        <translation>每个类别有多少图像是所有者的秘密，除非所有者愿意公开。</translation>
    </message>
</context>
<context>
    <name>Data</name>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>switched off</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>uploading</source>
        <translation>上传中</translation>
    </message>
    <message>
        <source>being compared</source>
        <translation>正在比对</translation>
    </message>
    <message>
        <source>does not match</source>
        <translation>不一致</translation>
    </message>
    <message>
        <source>servers differ</source>
        <translation>两台服务器不同</translation>
    </message>
    <message>
        <source>at one server only</source>
        <translation>仅在一台服务器上</translation>
    </message>
    <message>
        <source>complete, compared with the other server</source>
        <translation>完整，已与另一台服务器比对</translation>
    </message>
    <message>
        <source>complete, not compared yet</source>
        <translation>完整，尚未比对</translation>
    </message>
    <message>
        <source>not complete yet</source>
        <translation>尚不完整</translation>
    </message>
    <message>
        <source>differs from the other server</source>
        <translation>与另一台服务器不一致</translation>
    </message>
    <message>
        <source>not there</source>
        <translation>不存在</translation>
    </message>
    <message>
        <source>only you</source>
        <translation>仅您自己</translation>
    </message>
    <message>
        <source>named people</source>
        <translation>指定人员</translation>
    </message>
    <message>
        <source>everybody here</source>
        <translation>本部署所有人</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>灰度</translation>
    </message>
    <message>
        <source>colour</source>
        <translation>彩色</translation>
    </message>
    <message>
        <source>more than 8 bits</source>
        <translation>超过 8 位</translation>
    </message>
    <message>
        <source>%1 × %2, %3, %4 bit</source>
        <translation>%1 × %2，%3，%4 位</translation>
    </message>
    <message>
        <source>both servers</source>
        <translation>两台服务器</translation>
    </message>
    <message>
        <source>server %1</source>
        <translation>服务器 %1</translation>
    </message>
    <message>
        <source>announced; the upload began</source>
        <translation>已登记；开始上传</translation>
    </message>
    <message>
        <source>received completely; the server signed a receipt</source>
        <translation>已完整收到；服务器签署了回执</translation>
    </message>
    <message>
        <source>compared with the other server: the same data set</source>
        <translation>已与另一台服务器比对：是同一数据集</translation>
    </message>
    <message>
        <source>compared with the other server: not the same</source>
        <translation>已与另一台服务器比对：不一致</translation>
    </message>
    <message>
        <source>settings changed</source>
        <translation>设置已更改</translation>
    </message>
    <message>
        <source>deleted; the server signed a receipt</source>
        <translation>已删除；服务器签署了回执</translation>
    </message>
    <message>
        <source>visible to</source>
        <translation>可见范围</translation>
    </message>
    <message>
        <source>shared with</source>
        <translation>共享给</translation>
    </message>
    <message>
        <source>tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>images of each class</source>
        <translation>各类别图像数</translation>
    </message>
    <message>
        <source>may be used</source>
        <translation>可以使用</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>is stopped; its result is lost</source>
        <translation>将被停止，其结果会丢失</translation>
    </message>
    <message>
        <source>is refused when its turn comes</source>
        <translation>轮到它时会被拒绝</translation>
    </message>
    <message>
        <source>goes on to its end</source>
        <translation>会继续到结束</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>preparing</source>
        <translation>预处理中</translation>
    </message>
    <message>
        <source>hiding</source>
        <translation>隐藏中</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练中</translation>
    </message>
    <message>
        <source>testing</source>
        <translation>测试中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
</context>
<context>
    <name>DataPage</name>
    <message>
        <source>Images that were split into secret shares; each server holds one share, which alone is noise.</source>
        <translation>已拆分为秘密份额的图像；每台服务器持有一份，单独一份只是噪声。</translation>
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
        <source>There are no data sets yet</source>
        <translation>还没有数据集</translation>
    </message>
    <message>
        <source>Bring in a folder of images. They are split on this machine; what leaves it is noise to each server.</source>
        <translation>导入一个图像文件夹。图像在本机拆分；离开本机的内容对每台服务器来说都只是噪声。</translation>
    </message>
    <message>
        <source>Server %1 does not answer; this is what the other server lists.</source>
        <translation>服务器 %1 没有应答；这里显示的是另一台服务器的列表。</translation>
    </message>
    <message>
        <source>Mine</source>
        <translation>我的</translation>
    </message>
    <message>
        <source>Shared with me</source>
        <translation>共享给我的</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>公开的</translation>
    </message>
    <message>
        <source>Everybody's</source>
        <translation>所有人的</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Switched off</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>Uploading</source>
        <translation>上传中</translation>
    </message>
    <message>
        <source>In trouble</source>
        <translation>有问题</translation>
    </message>
    <message>
        <source>Any state</source>
        <translation>任何状态</translation>
    </message>
    <message>
        <source>Grey</source>
        <translation>灰度</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>彩色</translation>
    </message>
    <message>
        <source>More than 8 bits</source>
        <translation>超过 8 位</translation>
    </message>
    <message>
        <source>Any kind</source>
        <translation>任何种类</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>you</source>
        <translation>您</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Visible to</source>
        <translation>可见范围</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>创建时间</translation>
    </message>
    <message>
        <source>you and others</source>
        <translation>您和其他人</translation>
    </message>
    <message numerus="yes">
        <source>%n person(s)</source>
        <translation><numerusform>%n 人</numerusform></translation>
    </message>
</context>
<context>
    <name>DatasetPage</name>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>共享</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Bring servers into step</source>
        <translation>使两台服务器一致</translation>
    </message>
    <message>
        <source>Copy the id</source>
        <translation>复制标识</translation>
    </message>
    <message>
        <source>Delete for good …</source>
        <translation>永久删除…</translation>
    </message>
    <message>
        <source>To all data sets</source>
        <translation>查看所有数据集</translation>
    </message>
    <message>
        <source>This data set is not there</source>
        <translation>没有这个数据集</translation>
    </message>
    <message>
        <source>It was deleted, or it is not for you.</source>
        <translation>它已被删除，或者您无权查看。</translation>
    </message>
    <message>
        <source>Server %1 does not show this data set.</source>
        <translation>服务器 %1 没有显示这个数据集。</translation>
    </message>
    <message>
        <source>The servers have different settings. Bring them into step from the menu …</source>
        <translation>两台服务器的设置不同。请从菜单“…”中使它们一致。</translation>
    </message>
    <message>
        <source>The servers hold different data sets under this id. Delete it and bring the images in again.</source>
        <translation>两台服务器在此标识下保存的数据集不同。请删除它并重新导入图像。</translation>
    </message>
    <message>
        <source>Switch off …</source>
        <translation>停用…</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>启用</translation>
    </message>
    <message>
        <source>No new training may use it until you switch it on again. Nothing is deleted.</source>
        <translation>在您重新启用之前，新的训练不能使用它。不会删除任何内容。</translation>
    </message>
    <message>
        <source>Switch %1 off?</source>
        <translation>停用 %1？</translation>
    </message>
    <message>
        <source>Sign and switch off</source>
        <translation>签名并停用</translation>
    </message>
    <message>
        <source>These settings were signed with other keys than your present ones. You sign all of them now:</source>
        <translation>这些设置是用您当前密钥以外的密钥签名的。现在您将对全部设置签名：</translation>
    </message>
    <message>
        <source>Are these the settings you want?</source>
        <translation>这些是您想要的设置吗？</translation>
    </message>
    <message>
        <source>Sign all</source>
        <translation>全部签名</translation>
    </message>
    <message>
        <source>In force at both servers</source>
        <translation>已在两台服务器上生效</translation>
    </message>
    <message numerus="yes">
        <source>Deleted; %n receipt(s) kept</source>
        <translation><numerusform>已删除；保存了 %n 份回执</numerusform></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>DeleteDialog</name>
    <message>
        <source>Delete %1 for good?</source>
        <translation>永久删除 %1？</translation>
    </message>
    <message>
        <source>Both servers destroy the key of their share and sign a receipt, which is kept here. Nobody can bring it back; your images on this machine stay as they are.</source>
        <translation>两台服务器会销毁各自份额的密钥并签署回执，回执保存在本机。任何人都无法恢复；您本机上的图像保持不变。</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Reason (kept in its history)</source>
        <translation>原因（保留在历史中）</translation>
    </message>
    <message numerus="yes">
        <source>Stop %n unfinished training(s)</source>
        <translation><numerusform>停止 %n 个未完成的训练</numerusform></translation>
    </message>
</context>
<context>
    <name>EditDialog</name>
    <message>
        <source>Edit %1</source>
        <translation>编辑 %1</translation>
    </message>
    <message>
        <source>Sign and save</source>
        <translation>签名并保存</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Type a tag, then Enter</source>
        <translation>输入标签后按回车</translation>
    </message>
    <message>
        <source>Both servers and everybody who may use it can read this.</source>
        <translation>两台服务器以及有权使用的人都能看到这些内容。</translation>
    </message>
</context>
<context>
    <name>FactsCard</name>
    <message>
        <source>About</source>
        <translation>概况</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>创建时间</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>标识</translation>
    </message>
    <message>
        <source>you</source>
        <translation>您</translation>
    </message>
</context>
<context>
    <name>HistoryCard</name>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>by %1</source>
        <translation>由 %1</translation>
    </message>
</context>
<context>
    <name>PermissionsCard</name>
    <message>
        <source>Who may use it</source>
        <translation>谁可以使用</translation>
    </message>
    <message>
        <source>Projects that use it</source>
        <translation>使用它的项目</translation>
    </message>
    <message>
        <source>Only its owner sees which projects use it.</source>
        <translation>只有所有者能看到哪些项目在使用它。</translation>
    </message>
    <message>
        <source>you consented</source>
        <translation>您已同意</translation>
    </message>
    <message>
        <source>your consent is missing</source>
        <translation>缺少您的同意</translation>
    </message>
    <message>
        <source>training now: %1</source>
        <translation>正在训练：%1</translation>
    </message>
    <message>
        <source>None so far.</source>
        <translation>目前没有。</translation>
    </message>
    <message>
        <source>Everybody of this deployment, in projects that the owner consents to.</source>
        <translation>本部署的所有人，限于所有者同意的项目。</translation>
    </message>
    <message>
        <source>%1, in projects that the owner consents to.</source>
        <translation>%1，限于所有者同意的项目。</translation>
    </message>
    <message>
        <source>Only its owner.</source>
        <translation>仅所有者。</translation>
    </message>
</context>
<context>
    <name>ServersCard</name>
    <message>
        <source>At the servers</source>
        <translation>在服务器上</translation>
    </message>
    <message>
        <source>Each server holds one share. A share alone is random noise: it tells nothing about any image.</source>
        <translation>每台服务器持有一份份额。单独一份份额是随机噪声，不透露任何图像的信息。</translation>
    </message>
    <message>
        <source>Server %1</source>
        <translation>服务器 %1</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>没有应答</translation>
    </message>
    <message numerus="yes">
        <source>%n piece(s) missing</source>
        <translation><numerusform>缺少 %n 块</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n signed receipt(s) kept on this machine</source>
        <translation><numerusform>本机保存了 %n 份签名回执</numerusform></translation>
    </message>
</context>
<context>
    <name>ShareDialog</name>
    <message>
        <source>Who may use %1</source>
        <translation>谁可以使用 %1</translation>
    </message>
    <message>
        <source>Sign and save</source>
        <translation>签名并保存</translation>
    </message>
</context>
<context>
    <name>Uses</name>
    <message>
        <source>Project %1 of %2: no new training can start with this data set.</source>
        <translation>%2 的项目 %1：不能再用此数据集开始新的训练。</translation>
    </message>
    <message>
        <source>Training of %1, started by %2: %3.</source>
        <translation>%1 的训练，由 %2 启动：%3。</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation><numerusform>以及另外 %n 个</numerusform></translation>
    </message>
    <message>
        <source>No project and no training uses it.</source>
        <translation>没有项目或训练使用它。</translation>
    </message>
</context>
</TS>
