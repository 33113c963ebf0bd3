<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>ActivityTab</name>
    <message>
        <source>Nothing yet</source>
        <translation>尚无内容</translation>
    </message>
    <message>
        <source>As the servers tell it. What was really recorded is in the audit log, which can be verified.</source>
        <translation>以上为服务器所述；真实记录见审计日志，可逐条验证。</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
</context>
<context>
    <name>BalanceChart</name>
    <message>
        <source>Images of each class</source>
        <translation>各类别图像数</translation>
    </message>
    <message>
        <source>Not told how many of each class: the images of %1.</source>
        <translation>%1 未公布各类别的图像数。</translation>
    </message>
</context>
<context>
    <name>Changes</name>
    <message>
        <source>Project id</source>
        <translation>项目编号</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Signed by</source>
        <translation>签名人</translation>
    </message>
    <message>
        <source>Version of the format</source>
        <translation>格式版本</translation>
    </message>
    <message>
        <source>Preparation of correlated randomness</source>
        <translation>关联随机数准备方式</translation>
    </message>
    <message>
        <source>Key of server A</source>
        <translation>服务器 A 的公钥</translation>
    </message>
    <message>
        <source>Key of server B</source>
        <translation>服务器 B 的公钥</translation>
    </message>
    <message>
        <source>Key of the helper</source>
        <translation>辅助方的公钥</translation>
    </message>
    <message>
        <source>Fraction bits of numbers</source>
        <translation>定点数小数位数</translation>
    </message>
    <message>
        <source>Images mixed</source>
        <translation>混合图像数</translation>
    </message>
    <message>
        <source>Random sign mask</source>
        <translation>随机符号掩码</translation>
    </message>
    <message>
        <source>Pixel range</source>
        <translation>像素取值范围</translation>
    </message>
    <message>
        <source>Public features</source>
        <translation>公开特征</translation>
    </message>
    <message>
        <source>Order of the members</source>
        <translation>成员顺序</translation>
    </message>
    <message>
        <source>Order of those who receive the model</source>
        <translation>模型接收者顺序</translation>
    </message>
    <message>
        <source>Order of those who may test</source>
        <translation>可测试者顺序</translation>
    </message>
    <message>
        <source>Order of the data sets</source>
        <translation>数据集顺序</translation>
    </message>
    <message>
        <source>The keys of %1 are others than before.</source>
        <translation>%1 的密钥与之前不同。</translation>
    </message>
    <message>
        <source>%1 also receives the model.</source>
        <translation>%1 也将获得模型。</translation>
    </message>
    <message>
        <source>%1 no longer receives the model.</source>
        <translation>%1 不再获得模型。</translation>
    </message>
    <message>
        <source>%1 may also test the model.</source>
        <translation>%1 也可测试模型。</translation>
    </message>
    <message>
        <source>%1 may no longer test the model.</source>
        <translation>%1 不再可以测试模型。</translation>
    </message>
    <message>
        <source>%1: %2 → %3</source>
        <translation>%1：%2 → %3</translation>
    </message>
    <message>
        <source>%1 joins as %2.</source>
        <translation>%1 以%2身份加入。</translation>
    </message>
    <message>
        <source>%1 leaves (was %2).</source>
        <translation>%1 退出（原为%2）。</translation>
    </message>
    <message>
        <source>%1 becomes %2 (was %3).</source>
        <translation>%1 变为%2（原为%3）。</translation>
    </message>
    <message>
        <source>Data set %1 of %2 is added.</source>
        <translation>新增 %2 的数据集 %1。</translation>
    </message>
    <message>
        <source>Data set %1 of %2 is taken out.</source>
        <translation>移除 %2 的数据集 %1。</translation>
    </message>
    <message>
        <source>Data set %1 belongs to %2 (was %3).</source>
        <translation>数据集 %1 归 %2 所有（原为 %3）。</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Neurons of hidden layers</source>
        <translation>隐藏层神经元数</translation>
    </message>
    <message>
        <source>Bias of layers</source>
        <translation>各层偏置</translation>
    </message>
    <message>
        <source>Layers of the network</source>
        <translation>网络各层</translation>
    </message>
    <message>
        <source>Passes over all images</source>
        <translation>训练轮数</translation>
    </message>
    <message>
        <source>Images per step</source>
        <translation>每步图像数</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Learning rate over time</source>
        <translation>学习率变化方式</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Largest norm of gradients</source>
        <translation>梯度最大范数</translation>
    </message>
    <message>
        <source>Images kept back to measure with</source>
        <translation>留作验证的图像数</translation>
    </message>
</context>
<context>
    <name>ComparisonView</name>
    <message>
        <source>Measure</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Settings that differ</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>What each stage took</source>
        <translation>各阶段耗费</translation>
    </message>
    <message>
        <source>None: both are of the same revision.</source>
        <translation>无：两者属于同一修订版。</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>合计</translation>
    </message>
</context>
<context>
    <name>ConsentsTab</name>
    <message>
        <source>No data sets</source>
        <translation>没有数据集</translation>
    </message>
    <message>
        <source>Remind the missing</source>
        <translation>提醒未决定者</translation>
    </message>
    <message>
        <source>Look and consent</source>
        <translation>查看并同意</translation>
    </message>
    <message>
        <source>Look and decline</source>
        <translation>查看并拒绝</translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Your decision</source>
        <translation>您的决定</translation>
    </message>
    <message>
        <source>Each owner is reminded at most once a day.</source>
        <translation>每位所有者每天最多提醒一次。</translation>
    </message>
    <message>
        <source>Nobody has to be reminded: everybody has decided.</source>
        <translation>无需提醒：所有人都已决定。</translation>
    </message>
    <message>
        <source>Only owners and editors of the project may do this.</source>
        <translation>只有项目的所有者和编辑者可以这样做。</translation>
    </message>
    <message>
        <source>You allow this revision to use %1 until %2.</source>
        <translation>您允许此修订版使用 %1，有效期至 %2。</translation>
    </message>
    <message>
        <source>This revision may use %1 only if you consent.</source>
        <translation>只有您同意，此修订版才能使用 %1。</translation>
    </message>
    <message>
        <source>Look and renew</source>
        <translation>查看并续签</translation>
    </message>
    <message>
        <source>No new training of this project starts. One that runs goes on, and a model that was trained stays. You can consent again later.</source>
        <translation>此项目不会再开始新的训练。正在进行的训练会继续，已训练的模型保留。您以后可以再次同意。</translation>
    </message>
    <message>
        <source>Reason (may be empty)</source>
        <translation>理由（可留空）</translation>
    </message>
    <message>
        <source>Take your consent back?</source>
        <translation>要撤回您的同意吗？</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Consent</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Decided</source>
        <translation>决定时间</translation>
    </message>
    <message>
        <source>Valid until</source>
        <translation>有效期至</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
</context>
<context>
    <name>Controls</name>
    <message>
        <source>You sign the start of revision %1 with your key. Both servers check every consent, then they compute: %2 epochs on %3 data sets.</source>
        <translation>您用自己的密钥签名启动修订版 %1。两台服务器核对每一份同意，然后开始计算：在 %3 个数据集上训练 %2 轮。</translation>
    </message>
    <message>
        <source>Another training of this project has not ended yet.</source>
        <translation>此项目的另一个训练尚未结束。</translation>
    </message>
    <message>
        <source>Start a training?</source>
        <translation>要开始训练吗？</translation>
    </message>
    <message>
        <source>Preparation: %1. %2</source>
        <translation>预处理：%1。%2</translation>
    </message>
    <message>
        <source>Hash: %1</source>
        <translation>哈希：%1</translation>
    </message>
    <message>
        <source>Both servers delete what they computed so far. To go on later, pause it instead.</source>
        <translation>两台服务器会删除目前的计算结果。若想以后继续，请改用暂停。</translation>
    </message>
    <message>
        <source>Stop training %1 for good?</source>
        <translation>要彻底停止训练 %1 吗？</translation>
    </message>
    <message>
        <source>Stop it</source>
        <translation>停止</translation>
    </message>
</context>
<context>
    <name>Curves</name>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证集</translation>
    </message>
    <message>
        <source>The first point comes at the end of the first epoch.</source>
        <translation>第一轮结束时出现第一个点。</translation>
    </message>
    <message>
        <source>Put together on this device from the shares of both servers, on %1 images that were kept back.</source>
        <translation>在本机由两台服务器的份额还原，基于留出的 %1 张图像。</translation>
    </message>
</context>
<context>
    <name>DataTab</name>
    <message>
        <source>No data sets</source>
        <translation>没有数据集</translation>
    </message>
    <message>
        <source>not visible to you</source>
        <translation>您不可见</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
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
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别数</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>not visible</source>
        <translation>不可见</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>uploading</source>
        <translation>上传中</translation>
    </message>
    <message>
        <source>deleted</source>
        <translation>已删除</translation>
    </message>
</context>
<context>
    <name>LogLines</name>
    <message>
        <source>No line yet</source>
        <translation>尚无记录</translation>
    </message>
    <message>
        <source>Workers write here what they begin and end.</source>
        <translation>计算进程会在此写下开始与结束的工作。</translation>
    </message>
    <message>
        <source>Both servers</source>
        <translation>两台服务器</translation>
    </message>
    <message>
        <source>All stages</source>
        <translation>所有阶段</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>内容</translation>
    </message>
</context>
<context>
    <name>OverviewTab</name>
    <message>
        <source>Next step</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>What is agreed</source>
        <translation>约定内容</translation>
    </message>
    <message>
        <source>What changed</source>
        <translation>有何变化</translation>
    </message>
    <message>
        <source>Consents</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Open the model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>%1 with %2 images</source>
        <translation>%1，共 %2 张图像</translation>
    </message>
    <message numerus="yes">
        <source>%n data set(s)</source>
        <translation>
            <numerusform>%n 个数据集</numerusform>
        </translation>
    </message>
    <message>
        <source>with a random sign mask</source>
        <translation>带随机符号掩码</translation>
    </message>
    <message>
        <source>without a sign mask</source>
        <translation>不带符号掩码</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Hiding</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>%1 images are mixed, %2</source>
        <translation>混合 %1 张图像，%2</translation>
    </message>
    <message>
        <source>Preparation</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>Model goes to</source>
        <translation>模型交给</translation>
    </message>
    <message>
        <source>May be tested by</source>
        <translation>可测试者</translation>
    </message>
    <message>
        <source>nobody</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>%1, published %2</source>
        <translation>%1，发布于 %2</translation>
    </message>
    <message>
        <source>Hash</source>
        <translation>哈希</translation>
    </message>
    <message>
        <source>%1 epochs, %2 images per step, %3 with rate %4, %5 images kept back</source>
        <translation>%1 轮，每步 %2 张图像，%3，学习率 %4，留出 %5 张图像</translation>
    </message>
    <message>
        <source>This is the first revision.</source>
        <translation>这是第一个修订版。</translation>
    </message>
    <message>
        <source>Since revision %1:</source>
        <translation>自修订版 %1 以来：</translation>
    </message>
</context>
<context>
    <name>PeopleTab</name>
    <message>
        <source>Nobody</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>Change people</source>
        <translation>更改成员</translation>
    </message>
    <message>
        <source>Members and roles are part of what every data owner signs. Another member, or another role, is a new revision of the project, to which all data owners consent anew.</source>
        <translation>成员与角色是每位数据所有者签名内容的一部分。增减成员或更改角色即产生新的修订版，所有数据所有者须重新同意。</translation>
    </message>
    <message>
        <source>Only an owner publishes a new revision.</source>
        <translation>只有所有者可以发布新修订版。</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
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
        <source>Receives the model</source>
        <translation>获得模型</translation>
    </message>
    <message>
        <source>May test it</source>
        <translation>可测试</translation>
    </message>
    <message>
        <source>Data sets</source>
        <translation>数据集</translation>
    </message>
</context>
<context>
    <name>ProjectPage</name>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>更改</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>归档</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Consents</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行记录</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>动态</translation>
    </message>
    <message>
        <source>You: %1</source>
        <translation>您：%1</translation>
    </message>
    <message>
        <source>Revision %1</source>
        <translation>修订版 %1</translation>
    </message>
    <message>
        <source>Preparation: %1</source>
        <translation>预处理：%1</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>The servers show different revisions; who published the newer one has to repair it.</source>
        <translation>两台服务器显示的修订版不同；须由发布较新修订版的人修复。</translation>
    </message>
    <message>
        <source>%1 does not answer; this is what the other server says.</source>
        <translation>%1 没有响应；以下为另一台服务器所述。</translation>
    </message>
    <message>
        <source>Reason; every member can read it (may be empty)</source>
        <translation>理由；所有成员可见（可留空）</translation>
    </message>
    <message>
        <source>No training starts and no consent counts until it is restored. What runs already goes on.</source>
        <translation>恢复之前不会开始任何训练，任何同意均不生效。正在进行的会继续。</translation>
    </message>
    <message>
        <source>Archive this project?</source>
        <translation>要归档此项目吗？</translation>
    </message>
    <message>
        <source>Reminded: %1.</source>
        <translation>已提醒：%1。</translation>
    </message>
    <message>
        <source>nobody</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>Reminded less than a day ago: %1.</source>
        <translation>一天内已提醒过：%1。</translation>
    </message>
    <message>
        <source>The training has been started.</source>
        <translation>训练已启动。</translation>
    </message>
    <message>
        <source>Your consent is signed; both servers have it.</source>
        <translation>您的同意已签名，两台服务器均已收到。</translation>
    </message>
    <message>
        <source>Your refusal is signed; both servers have it.</source>
        <translation>您的拒绝已签名，两台服务器均已收到。</translation>
    </message>
    <message>
        <source>Your consent is taken back.</source>
        <translation>您的同意已撤回。</translation>
    </message>
    <message>
        <source>The project is archived.</source>
        <translation>项目已归档。</translation>
    </message>
    <message>
        <source>The project is restored.</source>
        <translation>项目已恢复。</translation>
    </message>
    <message>
        <source>The training is stopped at both servers.</source>
        <translation>两台服务器均已停止该训练。</translation>
    </message>
</context>
<context>
    <name>ProjectWords</name>
    <message>
        <source>Waits for consents</source>
        <translation>等待同意</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Archived</source>
        <translation>已归档</translation>
    </message>
    <message>
        <source>Replaced</source>
        <translation>已被取代</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>预处理中</translation>
    </message>
    <message>
        <source>Hiding</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Features</source>
        <translation>特征</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Seal</source>
        <translation>封装</translation>
    </message>
    <message>
        <source>Correlated randomness is made; it depends on no image.</source>
        <translation>生成关联随机数；与任何图像无关。</translation>
    </message>
    <message>
        <source>Images are mixed and masked while they are shared between the servers.</source>
        <translation>图像以份额形式在两台服务器间混合并加掩码。</translation>
    </message>
    <message>
        <source>Public features are computed on hidden images.</source>
        <translation>在隐藏后的图像上计算公开特征。</translation>
    </message>
    <message>
        <source>The network is trained on shares; neither server sees a number of it.</source>
        <translation>网络在份额上训练；任何一台服务器都看不到其中的数值。</translation>
    </message>
    <message>
        <source>Shares of the model are encrypted for those who receive it.</source>
        <translation>模型份额为接收者加密封装。</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Editor</source>
        <translation>编辑者</translation>
    </message>
    <message>
        <source>Viewer</source>
        <translation>查看者</translation>
    </message>
    <message>
        <source>No member</source>
        <translation>非成员</translation>
    </message>
    <message>
        <source>Server %1</source>
        <translation>服务器 %1</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Pause now</source>
        <translation>立即暂停</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Sign and start the newest revision.</source>
        <translation>签名并启动最新修订版。</translation>
    </message>
    <message>
        <source>Pause at the end of this epoch; nothing is computed twice.</source>
        <translation>在本轮结束时暂停；不会重复计算。</translation>
    </message>
    <message>
        <source>Pause at once; this epoch is computed again later.</source>
        <translation>立即暂停；本轮以后重新计算。</translation>
    </message>
    <message>
        <source>Go on from the last checkpoint.</source>
        <translation>从上一个检查点继续。</translation>
    </message>
    <message>
        <source>Try again from the last checkpoint, once the cause is mended.</source>
        <translation>原因排除后，从上一个检查点重试。</translation>
    </message>
    <message>
        <source>End this training for good; what it computed is lost.</source>
        <translation>彻底结束此训练；已计算的内容将丢失。</translation>
    </message>
    <message>
        <source>Only an owner of the project starts a training.</source>
        <translation>只有项目所有者可以开始训练。</translation>
    </message>
    <message>
        <source>Only owners and editors of the project may do this.</source>
        <translation>只有项目的所有者和编辑者可以这样做。</translation>
    </message>
    <message>
        <source>The project is archived; restore it first.</source>
        <translation>项目已归档；请先恢复。</translation>
    </message>
    <message>
        <source>A data owner has not consented to this revision.</source>
        <translation>有数据所有者尚未同意此修订版。</translation>
    </message>
    <message>
        <source>There is no training yet.</source>
        <translation>尚无训练。</translation>
    </message>
    <message>
        <source>This training has ended.</source>
        <translation>此训练已结束。</translation>
    </message>
    <message>
        <source>This training is paused already.</source>
        <translation>此训练已处于暂停状态。</translation>
    </message>
    <message>
        <source>It pauses at the end of this epoch already.</source>
        <translation>它已将在本轮结束时暂停。</translation>
    </message>
    <message>
        <source>This training is not paused.</source>
        <translation>此训练未暂停。</translation>
    </message>
    <message>
        <source>Only a training that failed is tried again.</source>
        <translation>只有失败的训练才能重试。</translation>
    </message>
    <message>
        <source>This training is of an older revision; start a new one.</source>
        <translation>此训练属于较旧的修订版；请开始新的训练。</translation>
    </message>
    <message>
        <source>One moment.</source>
        <translation>请稍候。</translation>
    </message>
    <message>
        <source>A third organisation deals correlated randomness. It sees no image, no share and no model, but it must not collude with server A or B.</source>
        <translation>由第三方机构分发关联随机数。它看不到图像、份额和模型，但不得与服务器 A 或 B 合谋。</translation>
    </message>
    <message>
        <source>Helper</source>
        <translation>辅助方</translation>
    </message>
    <message>
        <source>Servers A and B make all correlated randomness themselves, partly under encryption; nobody else is involved.</source>
        <translation>服务器 A 和 B 自行生成全部关联随机数，部分在加密状态下完成；没有其他方参与。</translation>
    </message>
    <message>
        <source>Servers alone, with encryption</source>
        <translation>仅服务器，结合加密</translation>
    </message>
    <message>
        <source>Servers A and B make all correlated randomness themselves; nobody else is involved.</source>
        <translation>服务器 A 和 B 自行生成全部关联随机数；无其他方参与。</translation>
    </message>
    <message>
        <source>Servers alone</source>
        <translation>仅两台服务器</translation>
    </message>
    <message>
        <source>Given</source>
        <translation>已同意</translation>
    </message>
    <message>
        <source>Does not count any more</source>
        <translation>不再有效</translation>
    </message>
    <message>
        <source>Declined</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>Withdrawn</source>
        <translation>已撤回</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>created the project</source>
        <translation>创建了项目</translation>
    </message>
    <message>
        <source>published revision %1</source>
        <translation>发布了修订版 %1</translation>
    </message>
    <message>
        <source>archived the project</source>
        <translation>归档了项目</translation>
    </message>
    <message>
        <source>took the project out of the archive</source>
        <translation>将项目移出归档</translation>
    </message>
    <message>
        <source>consented to the use of data set %1</source>
        <translation>同意使用数据集 %1</translation>
    </message>
    <message>
        <source>declined the use of data set %1</source>
        <translation>拒绝使用数据集 %1</translation>
    </message>
    <message>
        <source>took back the consent for data set %1</source>
        <translation>撤回了对数据集 %1 的同意</translation>
    </message>
    <message>
        <source>started training %1</source>
        <translation>开始了训练 %1</translation>
    </message>
    <message>
        <source>Training %1 is finished</source>
        <translation>训练 %1 已完成</translation>
    </message>
    <message>
        <source>Training %1 failed</source>
        <translation>训练 %1 失败</translation>
    </message>
    <message>
        <source>Training %1 was stopped</source>
        <translation>训练 %1 已停止</translation>
    </message>
    <message>
        <source>paused training %1 at the end of its epoch</source>
        <translation>在本轮结束时暂停训练 %1</translation>
    </message>
    <message>
        <source>paused training %1 at once</source>
        <translation>立即暂停了训练 %1</translation>
    </message>
    <message>
        <source>resumed training %1</source>
        <translation>继续了训练 %1</translation>
    </message>
    <message>
        <source>had training %1 tried again</source>
        <translation>重试了训练 %1</translation>
    </message>
    <message>
        <source>brought in the data set %1</source>
        <translation>导入了数据集 %1</translation>
    </message>
    <message>
        <source>The project is archived; an owner can restore it.</source>
        <translation>项目已归档；所有者可以恢复。</translation>
    </message>
    <message>
        <source>Your consent is missing: look at what you would sign on the tab Consents.</source>
        <translation>缺少您的同意：请在“同意”选项卡查看将要签名的内容。</translation>
    </message>
    <message>
        <source>Waiting for the consent of %1.</source>
        <translation>等待 %1 的同意。</translation>
    </message>
    <message>
        <source>Everybody has consented: start the training.</source>
        <translation>所有人都已同意：可以开始训练。</translation>
    </message>
    <message>
        <source>Everybody has consented; an owner of the project can start the training.</source>
        <translation>所有人都已同意；项目所有者可以开始训练。</translation>
    </message>
    <message>
        <source>The model is trained: receivers fetch and test it on its page.</source>
        <translation>模型已训练完成：接收者可在模型页面获取并测试。</translation>
    </message>
    <message>
        <source>The training failed: read why, mend it, and try again.</source>
        <translation>训练失败：请查看原因，排除后重试。</translation>
    </message>
    <message>
        <source>The training was stopped; an owner can start another one.</source>
        <translation>训练已停止；所有者可以开始新的训练。</translation>
    </message>
    <message>
        <source>The training is paused; an owner or editor resumes it.</source>
        <translation>训练已暂停；由所有者或编辑者继续。</translation>
    </message>
    <message>
        <source>The training waits for its turn and goes on by itself.</source>
        <translation>训练正在排队，会自动继续。</translation>
    </message>
    <message>
        <source>The servers are training; nothing has to be done.</source>
        <translation>服务器正在训练；无需任何操作。</translation>
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
        <source>none</source>
        <translation>无</translation>
    </message>
</context>
<context>
    <name>RunsTab</name>
    <message>
        <source>No runs yet</source>
        <translation>尚无运行记录</translation>
    </message>
    <message>
        <source>Trainings of this project are listed here.</source>
        <translation>此项目的训练会列在这里。</translation>
    </message>
    <message>
        <source>Open the model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>First run</source>
        <translation>第一个运行</translation>
    </message>
    <message>
        <source>Second run</source>
        <translation>第二个运行</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Two runs side by side</source>
        <translation>两次运行对比</translation>
    </message>
    <message>
        <source>with</source>
        <translation>与</translation>
    </message>
    <message>
        <source>Choose two different runs.</source>
        <translation>请选择两个不同的运行。</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Best accuracy</source>
        <translation>最佳准确率</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>耗时</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>流量</translation>
    </message>
    <message>
        <source>By</source>
        <translation>启动人</translation>
    </message>
</context>
<context>
    <name>SigningDialog</name>
    <message>
        <source>Consent to revision %1 of %2</source>
        <translation>同意 %2 的修订版 %1</translation>
    </message>
    <message>
        <source>Decline revision %1 of %2</source>
        <translation>拒绝 %2 的修订版 %1</translation>
    </message>
    <message numerus="yes">
        <source>You sign that %n of your data sets may be used as written here, and for nothing else.</source>
        <translation>
            <numerusform>您签名确认：您的 %n 个数据集可按此处所写使用，不得用于其他目的。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>You sign that %n of your data sets may not be used; no training starts.</source>
        <translation>
            <numerusform>您签名确认：您的 %n 个数据集不得使用；不会开始任何训练。</numerusform>
        </translation>
    </message>
    <message>
        <source>Sign consent</source>
        <translation>签名同意</translation>
    </message>
    <message>
        <source>Sign refusal</source>
        <translation>签名拒绝</translation>
    </message>
    <message>
        <source>What is signed</source>
        <translation>签名内容</translation>
    </message>
    <message>
        <source>Preparation: %1. %2</source>
        <translation>预处理：%1。%2</translation>
    </message>
    <message>
        <source>Hash: %1</source>
        <translation>哈希：%1</translation>
    </message>
    <message>
        <source>days</source>
        <translation>天</translation>
    </message>
    <message>
        <source>Members can read it; the log never holds it.</source>
        <translation>成员可见；日志从不保存。</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>Reason (may be empty)</source>
        <translation>理由（可留空）</translation>
    </message>
    <message>
        <source>Changed since revision %1, to which you consented:</source>
        <translation>自您同意的修订版 %1 以来的变化：</translation>
    </message>
    <message>
        <source>Changed since revision %1, to which you did not consent:</source>
        <translation>自您未同意的修订版 %1 以来的变化：</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
</context>
<context>
    <name>StageCell</name>
    <message>
        <source>about %1 left</source>
        <translation>约剩 %1</translation>
    </message>
</context>
<context>
    <name>TrainingTab</name>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Nothing has been trained yet</source>
        <translation>尚未训练</translation>
    </message>
    <message>
        <source>A training can be started as soon as every data owner has consented to the newest revision.</source>
        <translation>所有数据所有者同意最新修订版后即可开始训练。</translation>
    </message>
    <message>
        <source>Stages</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>How good it is</source>
        <translation>效果</translation>
    </message>
    <message>
        <source>Load of both servers</source>
        <translation>两台服务器的负载</translation>
    </message>
    <message>
        <source>What the workers say</source>
        <translation>计算进程记录</translation>
    </message>
    <message>
        <source>Training %1, %2</source>
        <translation>训练 %1，%2</translation>
    </message>
    <message>
        <source>revision %1, started by %2</source>
        <translation>修订版 %1，由 %2 启动</translation>
    </message>
    <message>
        <source>attempt %1</source>
        <translation>第 %1 次尝试</translation>
    </message>
    <message>
        <source>about %1 of preparing left</source>
        <translation>预处理约剩 %1</translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>约剩 %1</translation>
    </message>
    <message>
        <source>%1 does not answer. The training is not harmed; this window goes on asking.</source>
        <translation>%1 没有响应。训练不受影响；本窗口会继续询问。</translation>
    </message>
    <message>
        <source>It stays paused until a member resumes it; nothing is lost.</source>
        <translation>在成员继续之前保持暂停；不会丢失任何内容。</translation>
    </message>
    <message>
        <source>It is tried again by itself.</source>
        <translation>会自动重试。</translation>
    </message>
    <message>
        <source>It pauses at the end of this epoch.</source>
        <translation>将在本轮结束时暂停。</translation>
    </message>
</context>
<context>
    <name>_Newest</name>
    <message>
        <source>Newest training</source>
        <translation>最新训练</translation>
    </message>
    <message>
        <source>Nothing has been trained yet.</source>
        <translation>尚未训练。</translation>
    </message>
    <message>
        <source>Training %1, revision %2</source>
        <translation>训练 %1，修订版 %2</translation>
    </message>
    <message>
        <source>Started by %1, %2</source>
        <translation>由 %1 启动，%2</translation>
    </message>
    <message>
        <source>Accuracy %1, loss %2</source>
        <translation>准确率 %1，损失 %2</translation>
    </message>
</context>
</TS>
