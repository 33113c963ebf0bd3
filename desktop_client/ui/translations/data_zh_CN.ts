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
    <name>ChooseStep</name>
    <message>
        <source>Drop a folder or images here</source>
        <translation>将文件夹或图像拖到这里</translation>
    </message>
    <message>
        <source>PNG, JPEG, BMP, TIFF, WebP and DICOM. Nothing leaves this machine yet.</source>
        <translation>支持 PNG、JPEG、BMP、TIFF、WebP 和 DICOM。此时没有任何内容离开本机。</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>Choose files</source>
        <translation>选择文件</translation>
    </message>
    <message>
        <source>Choose a CSV table</source>
        <translation>选择 CSV 表格</translation>
    </message>
    <message>
        <source>How classes are found</source>
        <translation>如何确定类别</translation>
    </message>
    <message>
        <source>A folder in the folder is a class: everything in “healthy” is healthy.</source>
        <translation>文件夹中的每个子文件夹是一个类别：“healthy”里的都是健康的。</translation>
    </message>
    <message>
        <source>A CSV table has the columns file and label; files are looked for beside it.</source>
        <translation>CSV 表格含 file 和 label 两列；文件在表格所在位置查找。</translation>
    </message>
    <message>
        <source>Single files come without a class; you give them one in the next step.</source>
        <translation>单个文件没有类别；您在下一步为它们指定。</translation>
    </message>
    <message>
        <source>Split on another machine?</source>
        <translation>在另一台机器上拆分的？</translation>
    </message>
    <message>
        <source>A folder with manifest.json and two bundles that were made without network can be sent from here.</source>
        <translation>在无网络环境下生成的、含 manifest.json 和两个份额包的文件夹，可以从这里发送。</translation>
    </message>
    <message>
        <source>Upload a split</source>
        <translation>上传已拆分的数据</translation>
    </message>
    <message>
        <source>Folder with manifest.json and two bundles</source>
        <translation>含 manifest.json 和两个份额包的文件夹</translation>
    </message>
</context>
<context>
    <name>ClassBars</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>另有 %n 个</numerusform>
        </translation>
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
        <translation>
            <numerusform>%n 人</numerusform>
        </translation>
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
        <translation>
            <numerusform>已删除；保存了 %n 份回执</numerusform>
        </translation>
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
</context>
<context>
    <name>DescribeStep</name>
    <message>
        <source>Give the data set a name.</source>
        <translation>请为数据集命名。</translation>
    </message>
    <message>
        <source>Name at least one person, or choose who else may use it.</source>
        <translation>请至少指定一人，或选择其他使用范围。</translation>
    </message>
    <message>
        <source>The description is too long.</source>
        <translation>说明太长。</translation>
    </message>
    <message>
        <source>These classes have images but are not in the list of classes: %1</source>
        <translation>这些类别有图像，但不在类别列表中：%1</translation>
    </message>
    <message>
        <source>About the data set</source>
        <translation>关于数据集</translation>
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
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Both servers and everybody who may use it can read this: no names of patients or customers.</source>
        <translation>两台服务器和有权使用的人都能看到这些内容：请勿填写患者或客户姓名。</translation>
    </message>
    <message>
        <source>Who may use it</source>
        <translation>谁可以使用</translation>
    </message>
    <message>
        <source>Classes, in order</source>
        <translation>类别及其顺序</translation>
    </message>
    <message>
        <source>Another class, then Enter</source>
        <translation>输入其他类别后按回车</translation>
    </message>
    <message>
        <source>As found</source>
        <translation>恢复原样</translation>
    </message>
    <message>
        <source>All owners of a project need the same classes in the same order. Add those you have no image of.</source>
        <translation>同一项目的所有数据所有者需要相同且同序的类别。请补充您没有图像的类别。</translation>
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
    <name>ImportPage</name>
    <message>
        <source>Bring in images</source>
        <translation>导入图像</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>处理</translation>
    </message>
    <message>
        <source>Describe</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>核对</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>Start over</source>
        <translation>重新开始</translation>
    </message>
    <message>
        <source>What you have done so far is kept as a draft; you find it under Data.</source>
        <translation>到目前为止的内容会保存为草稿，可在“数据”中找到。</translation>
    </message>
    <message>
        <source>Start over?</source>
        <translation>重新开始？</translation>
    </message>
    <message>
        <source>The import was cancelled</source>
        <translation>导入已取消</translation>
    </message>
</context>
<context>
    <name>LookStep</name>
    <message>
        <source>Show the class</source>
        <translation>显示类别</translation>
    </message>
    <message>
        <source>Search file names</source>
        <translation>搜索文件名</translation>
    </message>
    <message>
        <source>Undo (Ctrl+Z)</source>
        <translation>撤销 (Ctrl+Z)</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Rename class</source>
        <translation>重命名类别</translation>
    </message>
    <message>
        <source>The files are still being looked through.</source>
        <translation>仍在浏览文件。</translation>
    </message>
    <message>
        <source>No image has a class yet: select images and give them one.</source>
        <translation>还没有图像有类别：请选择图像并指定类别。</translation>
    </message>
    <message>
        <source>Looking through the files</source>
        <translation>正在浏览文件</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Class for the selected images</source>
        <translation>所选图像的类别</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Give this class</source>
        <translation>指定为此类别</translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>As found</source>
        <translation>恢复原样</translation>
    </message>
    <message>
        <source>Images of each class</source>
        <translation>各类别图像数</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>已找到</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Looking through the files …</source>
        <translation>正在浏览文件…</translation>
    </message>
    <message>
        <source>%1 of %2 files</source>
        <translation>%2 个文件中的 %1 个</translation>
    </message>
    <message>
        <source>%1 files so far</source>
        <translation>目前 %1 个文件</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) without a class are not used.</source>
        <translation>
            <numerusform>%n 张没有类别的图像不会使用。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) cannot be used</source>
        <translation>
            <numerusform>%n 个文件无法使用</numerusform>
        </translation>
    </message>
    <message>
        <source>All images</source>
        <translation>所有图像</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>已排除</translation>
    </message>
    <message>
        <source>%1 × %2</source>
        <translation>%1 × %2</translation>
    </message>
    <message>
        <source>%3 sizes, mostly %1 × %2</source>
        <translation>%3 种尺寸，多为 %1 × %2</translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>已选 %n 张</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing selected</source>
        <translation>未选择</translation>
    </message>
    <message>
        <source>Show one class to rename it, or to merge it with another</source>
        <translation>先显示一个类别，再重命名或与其他类别合并</translation>
    </message>
    <message>
        <source>New name of “%1”:</source>
        <translation>“%1”的新名称：</translation>
    </message>
    <message>
        <source>Merge “%1” into “%2”?</source>
        <translation>将“%1”并入“%2”？</translation>
    </message>
    <message>
        <source>Both classes become one. Undo takes it back.</source>
        <translation>两个类别将合为一个。可以撤销。</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>no class</source>
        <translation>无类别</translation>
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
    <name>PictureGrid</name>
    <message>
        <source>left out</source>
        <translation>已排除</translation>
    </message>
</context>
<context>
    <name>PrepareStep</name>
    <message>
        <source>Form of every image</source>
        <translation>每张图像的格式</translation>
    </message>
    <message>
        <source>Other size</source>
        <translation>其他尺寸</translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Whole picture, stretched</source>
        <translation>整幅，拉伸</translation>
    </message>
    <message>
        <source>Centre, cropped</source>
        <translation>居中裁剪</translation>
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
        <source>8 bits</source>
        <translation>8 位</translation>
    </message>
    <message>
        <source>16 bits</source>
        <translation>16 位</translation>
    </message>
    <message>
        <source>Cut</source>
        <translation>裁切</translation>
    </message>
    <message>
        <source>Side lengths</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>位深</translation>
    </message>
    <message>
        <source>All data sets of a project need the same size, colours and classes. Larger images train slower.</source>
        <translation>同一项目的数据集需要相同的尺寸、颜色和类别。图像越大，训练越慢。</translation>
    </message>
    <message>
        <source>Brightness (DICOM window)</source>
        <translation>亮度（DICOM 窗）</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗</translation>
    </message>
    <message>
        <source>As each file says</source>
        <translation>按各文件自带</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Level (centre)</source>
        <translation>窗位（中心）</translation>
    </message>
    <message>
        <source>Width of the window</source>
        <translation>窗宽</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>窗位</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>处理前</translation>
    </message>
    <message>
        <source>After</source>
        <translation>处理后</translation>
    </message>
    <message>
        <source>Brightness before</source>
        <translation>处理前亮度</translation>
    </message>
    <message>
        <source>Brightness after</source>
        <translation>处理后亮度</translation>
    </message>
    <message>
        <source>After, as it is split</source>
        <translation>处理后（即被拆分的内容）</translation>
    </message>
    <message>
        <source>Image before</source>
        <translation>上一张</translation>
    </message>
    <message>
        <source>Next image</source>
        <translation>下一张</translation>
    </message>
    <message>
        <source>Left behind on this machine</source>
        <translation>留在本机的信息</translation>
    </message>
    <message>
        <source>Only pixels are split. These facts stand in this file and go nowhere:</source>
        <translation>只拆分像素。此文件中的以下信息不会离开本机：</translation>
    </message>
    <message>
        <source>This file says nothing besides its pixels.</source>
        <translation>此文件除像素外没有其他信息。</translation>
    </message>
</context>
<context>
    <name>Refused</name>
    <message>
        <source>There is no such file.</source>
        <translation>没有这个文件。</translation>
    </message>
    <message>
        <source>Leads outside the folder that was brought.</source>
        <translation>指向所导入文件夹之外。</translation>
    </message>
    <message>
        <source>A link to a folder; links are not followed.</source>
        <translation>指向文件夹的链接；不跟随链接。</translation>
    </message>
    <message>
        <source>Folders are nested too deep.</source>
        <translation>文件夹嵌套过深。</translation>
    </message>
    <message>
        <source>Lies outside the folders of the classes.</source>
        <translation>位于类别文件夹之外。</translation>
    </message>
    <message>
        <source>Its class is not one of those chosen.</source>
        <translation>其类别不在所选类别之中。</translation>
    </message>
    <message>
        <source>It has no class yet.</source>
        <translation>还没有类别。</translation>
    </message>
    <message>
        <source>The table gives no file or no label in this line.</source>
        <translation>表格的这一行缺少文件或标签。</translation>
    </message>
    <message>
        <source>The table names this file more than once.</source>
        <translation>表格多次列出此文件。</translation>
    </message>
    <message>
        <source>Not a regular file.</source>
        <translation>不是普通文件。</translation>
    </message>
    <message>
        <source>The file is empty.</source>
        <translation>文件为空。</translation>
    </message>
    <message>
        <source>The file is too large.</source>
        <translation>文件过大。</translation>
    </message>
    <message>
        <source>Cannot be read from the disk.</source>
        <translation>无法从磁盘读取。</translation>
    </message>
    <message>
        <source>Needs more memory than there is.</source>
        <translation>所需内存超过可用内存。</translation>
    </message>
    <message>
        <source>Cannot be used.</source>
        <translation>无法使用。</translation>
    </message>
    <message>
        <source>Not a PNG, JPEG, BMP, TIFF, WebP or DICOM picture.</source>
        <translation>不是 PNG、JPEG、BMP、TIFF、WebP 或 DICOM 图像。</translation>
    </message>
    <message>
        <source>Damaged or cut off.</source>
        <translation>已损坏或不完整。</translation>
    </message>
    <message>
        <source>More pixels than the limit allows.</source>
        <translation>像素数超过限制。</translation>
    </message>
    <message>
        <source>A picture without pixels.</source>
        <translation>没有像素的图像。</translation>
    </message>
    <message>
        <source>Holds several pages or frames; save each as a file of its own.</source>
        <translation>含多页或多帧；请分别另存为单独文件。</translation>
    </message>
    <message>
        <source>Floating-point pixels have no known range; save it with 8 or 16 bits.</source>
        <translation>浮点像素的范围未知；请另存为 8 位或 16 位。</translation>
    </message>
    <message>
        <source>More than 16 bits; save it with 8 or 16 bits.</source>
        <translation>超过 16 位；请另存为 8 位或 16 位。</translation>
    </message>
    <message>
        <source>Colour pixels of an unknown depth.</source>
        <translation>彩色像素的位深未知。</translation>
    </message>
    <message>
        <source>Its values have no usable range.</source>
        <translation>像素值没有可用范围。</translation>
    </message>
    <message>
        <source>A DICOM file without a picture.</source>
        <translation>不含图像的 DICOM 文件。</translation>
    </message>
    <message>
        <source>A deflated DICOM file; save it uncompressed.</source>
        <translation>经 deflate 压缩的 DICOM 文件；请以未压缩格式保存。</translation>
    </message>
    <message>
        <source>Packed in a way that cannot be unpacked here; save it uncompressed.</source>
        <translation>压缩方式无法在此解压；请以未压缩格式保存。</translation>
    </message>
    <message>
        <source>Its display window is not usable.</source>
        <translation>其显示窗参数不可用。</translation>
    </message>
</context>
<context>
    <name>RefusedDialog</name>
    <message numerus="yes">
        <source>%n file(s) left out</source>
        <translation>
            <numerusform>%n 个文件未使用</numerusform>
        </translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Every file can be used</source>
        <translation>所有文件均可使用</translation>
    </message>
    <message>
        <source>The rest goes on without them. Mend a file and bring the folder in again.</source>
        <translation>其余文件照常处理。修复文件后可重新导入该文件夹。</translation>
    </message>
    <message>
        <source>Export list</source>
        <translation>导出列表</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>Exported</source>
        <translation>已导出</translation>
    </message>
</context>
<context>
    <name>ReviewStep</name>
    <message>
        <source>Counting what will be sent …</source>
        <translation>正在统计要发送的内容…</translation>
    </message>
    <message>
        <source>There is not enough room on the disk for the split.</source>
        <translation>磁盘空间不足，无法拆分。</translation>
    </message>
    <message>
        <source>What leaves this house</source>
        <translation>离开本机构的内容</translation>
    </message>
    <message>
        <source>Split it again</source>
        <translation>重新拆分</translation>
    </message>
    <message>
        <source>Your image: stays here</source>
        <translation>您的图像：留在这里</translation>
    </message>
    <message>
        <source>What server A holds</source>
        <translation>服务器 A 持有的内容</translation>
    </message>
    <message>
        <source>What server B holds</source>
        <translation>服务器 B 持有的内容</translation>
    </message>
    <message>
        <source>Bytes: %1</source>
        <translation>字节分布：%1</translation>
    </message>
    <message>
        <source>Each server gets numbers as random as coin tosses, made by the real split: alone they say nothing about the image. Only both together would; the servers belong to different organisations.</source>
        <translation>每台服务器得到的数字像掷硬币一样随机，由真实的拆分代码生成：单独一份不透露图像的任何信息。只有两份合在一起才行，而两台服务器属于不同的机构。</translation>
    </message>
    <message>
        <source>What each server learns</source>
        <translation>每台服务器知道什么</translation>
    </message>
    <message>
        <source>What no server learns</source>
        <translation>任何服务器都不知道什么</translation>
    </message>
    <message>
        <source>any pixel of any image, and anything that is to be seen on it</source>
        <translation>任何图像的任何像素，以及图像上能看到的任何内容</translation>
    </message>
    <message>
        <source>which image has which class, and how many images each class has</source>
        <translation>哪张图像属于哪个类别，以及每个类别有多少图像</translation>
    </message>
    <message>
        <source>names of files and folders, dates, places and all tags inside the files</source>
        <translation>文件名和文件夹名、日期、地点以及文件内的所有标签</translation>
    </message>
    <message>
        <source>which images you left out</source>
        <translation>您排除了哪些图像</translation>
    </message>
    <message>
        <source>name: %1</source>
        <translation>名称：%1</translation>
    </message>
    <message>
        <source>description: %1</source>
        <translation>说明：%1</translation>
    </message>
    <message>
        <source>tags: %1</source>
        <translation>标签：%1</translation>
    </message>
    <message>
        <source>names of classes: %1</source>
        <translation>类别名称：%1</translation>
    </message>
    <message>
        <source>form: %1</source>
        <translation>格式：%1</translation>
    </message>
    <message>
        <source>who may use it: %1</source>
        <translation>使用范围：%1</translation>
    </message>
    <message>
        <source>number of images: %1</source>
        <translation>图像数量：%1</translation>
    </message>
    <message>
        <source>size: %1 for both servers together</source>
        <translation>大小：两台服务器合计 %1</translation>
    </message>
    <message>
        <source>who you are, and when you send it</source>
        <translation>您是谁，以及何时发送</translation>
    </message>
    <message>
        <source>How often each brightness occurs: the shape of your image.</source>
        <translation>各亮度出现的频率：反映图像的形态。</translation>
    </message>
    <message>
        <source>Every byte occurs about equally often. Likeness to the image: %1.</source>
        <translation>每个字节出现的次数大致相同。与图像的相似度：%1。</translation>
    </message>
</context>
<context>
    <name>SendStep</name>
    <message>
        <source>Bring in %1</source>
        <translation>导入 %1</translation>
    </message>
    <message>
        <source>Split %1</source>
        <translation>拆分 %1</translation>
    </message>
    <message>
        <source>Ready to send</source>
        <translation>可以发送</translation>
    </message>
    <message>
        <source>The images are split on this machine, then each server gets its share, encrypted on the way. You can pause, close the program and go on later: nothing is sent twice.</source>
        <translation>图像在本机拆分，然后每台服务器得到各自的份额，传输全程加密。您可以暂停、关闭程序，以后再继续：不会重复发送。</translation>
    </message>
    <message>
        <source>Sign, split and upload</source>
        <translation>签名、拆分并上传</translation>
    </message>
    <message>
        <source>Split without network …</source>
        <translation>不联网拆分…</translation>
    </message>
    <message>
        <source>On the way</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>Split on this machine</source>
        <translation>在本机拆分</translation>
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
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Show the data set</source>
        <translation>查看数据集</translation>
    </message>
    <message>
        <source>Bring in more</source>
        <translation>继续导入</translation>
    </message>
    <message>
        <source>Another window of this program works on it.</source>
        <translation>本程序的另一个窗口正在处理它。</translation>
    </message>
    <message>
        <source>Splitting on this machine …</source>
        <translation>正在本机拆分…</translation>
    </message>
    <message>
        <source>Sending to both servers …</source>
        <translation>正在发送到两台服务器…</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>Paused. What a server has already is not sent again.</source>
        <translation>已暂停。服务器已有的内容不会重新发送。</translation>
    </message>
    <message>
        <source>Split, but not sent yet.</source>
        <translation>已拆分，尚未发送。</translation>
    </message>
    <message>
        <source>%1 images</source>
        <translation>%1 张图像</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) left out</source>
        <translation>
            <numerusform>%n 个文件未使用</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>Split; nothing was sent</source>
        <translation>已拆分；未发送任何内容</translation>
    </message>
    <message>
        <source>%1 were split into %2.

Carry this folder to a machine with network, choose “Upload a split” there, and log in as yourself. Each bundle is sealed, so that only its server can open it; still, let nobody have the folder who has no business with it, and delete it once it is uploaded.</source>
        <translation>%1已拆分到 %2。

请把此文件夹带到有网络的机器上，以您本人登录，并选择“上传已拆分的数据”。每个份额包都已加密封装，只有对应的服务器能打开；但仍请勿让无关人员得到此文件夹，并在上传后删除它。</translation>
    </message>
    <message>
        <source>Both servers have it</source>
        <translation>两台服务器均已收到</translation>
    </message>
    <message>
        <source>%1 are split and stored. The signed receipts of both servers are kept on this machine.</source>
        <translation>%1已拆分并保存。两台服务器的签名回执保存在本机。</translation>
    </message>
    <message>
        <source>Folder for the two bundles</source>
        <translation>存放两个份额包的文件夹</translation>
    </message>
    <message>
        <source>Cancel this import?</source>
        <translation>取消此次导入？</translation>
    </message>
    <message>
        <source>What was split is taken away, and what the servers have of it is deleted. Your images stay where they are.</source>
        <translation>已拆分的内容会被清除，服务器上已有的部分会被删除。您的图像保持不变。</translation>
    </message>
    <message>
        <source>Cancel the import</source>
        <translation>取消导入</translation>
    </message>
</context>
<context>
    <name>ServersCard</name>
    <message>
        <source>At the servers</source>
        <translation>在服务器上</translation>
    </message>
    <message>
        <source>Each server holds one share. A share alone is random noise: it tells nothing about any image. One of the two shares of a piece is only a short seed that the noise grows from, so the sizes differ.</source>
        <translation>每台服务器持有一份份额。单独一份份额是随机噪声，不透露任何图像的信息。每块数据的两份份额之一只是一个用来生成噪声的短种子，因此大小不同。</translation>
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
        <translation>
            <numerusform>缺少 %n 块</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n signed receipt(s) kept on this machine</source>
        <translation>
            <numerusform>本机保存了 %n 份签名回执</numerusform>
        </translation>
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
    <name>Stepper</name>
    <message>
        <source>Step %1: %2</source>
        <translation>第 %1 步：%2</translation>
    </message>
</context>
<context>
    <name>UnfinishedCard</name>
    <message>
        <source>Imports that are not finished</source>
        <translation>未完成的导入</translation>
    </message>
    <message>
        <source>Show fewer</source>
        <translation>收起</translation>
    </message>
    <message numerus="yes">
        <source>Show %n more</source>
        <translation>
            <numerusform>再显示 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Discard the import of %1?</source>
        <translation>放弃导入 %1？</translation>
    </message>
    <message>
        <source>What was split is taken away, and what the servers have of it is deleted. Your images stay where they are.</source>
        <translation>已拆分的内容会被清除，服务器上已有的部分会被删除。您的图像保持不变。</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>being split</source>
        <translation>拆分中</translation>
    </message>
    <message>
        <source>split, not sent</source>
        <translation>已拆分，未发送</translation>
    </message>
    <message>
        <source>on its way</source>
        <translation>发送中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>stopped by a problem</source>
        <translation>因问题停止</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
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
    <message>
        <source>and %1 more</source>
        <translation>以及另外 %1 个</translation>
    </message>
    <message>
        <source>No project and no training uses it.</source>
        <translation>没有项目或训练使用它。</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Lung</source>
        <translation>肺</translation>
    </message>
    <message>
        <source>Bone</source>
        <translation>骨</translation>
    </message>
    <message>
        <source>Soft tissue</source>
        <translation>软组织</translation>
    </message>
    <message>
        <source>Brain</source>
        <translation>脑</translation>
    </message>
</context>
<context>
    <name>ZoomDialog</name>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Image before</source>
        <translation>上一张</translation>
    </message>
    <message>
        <source>Next image</source>
        <translation>下一张</translation>
    </message>
    <message>
        <source>Smaller</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>Larger</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>适应窗口</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>已排除</translation>
    </message>
</context>
</TS>
