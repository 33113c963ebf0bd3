<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Approvals</name>
    <message>
        <source>Consent</source>
        <translation>同意</translation>
    </message>
    <message>
        <source>Ends soon</source>
        <translation>即将到期</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>注册</translation>
    </message>
    <message>
        <source>consented</source>
        <translation>已同意</translation>
    </message>
    <message>
        <source>consented, no longer in force</source>
        <translation>曾同意，现已失效</translation>
    </message>
    <message>
        <source>declined</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>taken back</source>
        <translation>已撤回</translation>
    </message>
    <message>
        <source>%1 images are mixed; sign mask %2</source>
        <translation>混合 %1 张图像；符号掩码%2</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开启</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>nobody; the servers keep nothing of the trained model</source>
        <translation>无人；服务器不保留训练好的模型的任何内容</translation>
    </message>
    <message>
        <source>%1 epochs</source>
        <translation>%1 轮</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>The model goes to</source>
        <translation>模型交付给</translation>
    </message>
    <message>
        <source>May test the model</source>
        <translation>可测试模型</translation>
    </message>
    <message>
        <source>Hiding</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Preparation</source>
        <translation>预处理阶段</translation>
    </message>
    <message>
        <source>Data sets</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>A third organisation deals correlated randomness; it must not collude with A or B.</source>
        <translation>由第三方机构分发关联随机数；它不得与 A 或 B 串通。</translation>
    </message>
    <message>
        <source>Servers A and B make all correlated randomness themselves, partly under encryption; nobody else is involved.</source>
        <translation>服务器 A 和 B 自行生成全部关联随机数，部分在加密状态下完成；没有其他方参与。</translation>
    </message>
    <message>
        <source>Servers A and B make all correlated randomness themselves; nobody else is involved.</source>
        <translation>服务器 A 和 B 自行生成全部关联随机数；没有其他方参与。</translation>
    </message>
    <message>
        <source>Project id</source>
        <translation>项目编号</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
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
        <translation>关联随机数的准备</translation>
    </message>
    <message>
        <source>Key of server A</source>
        <translation>服务器 A 的密钥</translation>
    </message>
    <message>
        <source>Key of server B</source>
        <translation>服务器 B 的密钥</translation>
    </message>
    <message>
        <source>Key of the helper</source>
        <translation>辅助方的密钥</translation>
    </message>
    <message>
        <source>Fraction bits of numbers</source>
        <translation>数值的小数位数</translation>
    </message>
    <message>
        <source>Images mixed</source>
        <translation>混合的图像数</translation>
    </message>
    <message>
        <source>Random sign mask</source>
        <translation>随机符号掩码</translation>
    </message>
    <message>
        <source>Pixel range</source>
        <translation>像素范围</translation>
    </message>
    <message>
        <source>Public features</source>
        <translation>公开特征</translation>
    </message>
    <message>
        <source>Neurons of hidden layers</source>
        <translation>隐藏层神经元</translation>
    </message>
    <message>
        <source>Bias of layers</source>
        <translation>各层的偏置</translation>
    </message>
    <message>
        <source>Layers of the network</source>
        <translation>网络的层</translation>
    </message>
    <message>
        <source>Passes over all images</source>
        <translation>遍历全部图像的轮数</translation>
    </message>
    <message>
        <source>Images per step</source>
        <translation>每步图像数</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失函数</translation>
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
        <translation>学习率随时间变化</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Largest norm of gradients</source>
        <translation>梯度的最大范数</translation>
    </message>
    <message>
        <source>Images kept back to measure with</source>
        <translation>留作评估的图像数</translation>
    </message>
</context>
<context>
    <name>ApprovalsPage</name>
    <message>
        <source>What you sign here is checked by both servers before anything is computed.</source>
        <translation>您在此签名的内容，在任何计算开始之前都由两台服务器核查。</translation>
    </message>
    <message>
        <source>Approvals</source>
        <translation>待批事项</translation>
    </message>
    <message>
        <source>Asking the nodes…</source>
        <translation>正在询问节点…</translation>
    </message>
    <message>
        <source>Nothing waits for you</source>
        <translation>没有等待您处理的事项</translation>
    </message>
    <message>
        <source>Requests for your consent appear here.</source>
        <translation>需要您同意的请求会显示在这里。</translation>
    </message>
    <message>
        <source>No decisions yet</source>
        <translation>还没有决定</translation>
    </message>
    <message>
        <source>What you consent to or decline is kept here.</source>
        <translation>您同意或拒绝的内容会保存在这里。</translation>
    </message>
    <message>
        <source>Choose what to decide</source>
        <translation>请选择要处理的事项</translation>
    </message>
    <message>
        <source>You see what you sign first.</source>
        <translation>您会先看到要签名的内容。</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待处理</translation>
    </message>
    <message>
        <source>My decisions</source>
        <translation>我的决定</translation>
    </message>
    <message>
        <source>%1, since %2</source>
        <translation>%1，自 %2 起</translation>
    </message>
    <message>
        <source>The project cannot use your data; you are not asked again before it changes.</source>
        <translation>该项目不能使用您的数据；在它更改之前不会再次询问您。</translation>
    </message>
    <message>
        <source>Decline?</source>
        <translation>拒绝吗？</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>No new training of “%1” starts with your data. One that runs already goes on.</source>
        <translation>“%1”不会再用您的数据启动新的训练。已在运行的训练会继续。</translation>
    </message>
    <message>
        <source>Take your consent back?</source>
        <translation>撤回您的同意吗？</translation>
    </message>
    <message>
        <source>Take back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Your consent is signed and at both servers.</source>
        <translation>您的同意已签名并送达两台服务器。</translation>
    </message>
    <message>
        <source>You declined; both servers know it.</source>
        <translation>您已拒绝；两台服务器均已知晓。</translation>
    </message>
    <message>
        <source>Your consent is taken back.</source>
        <translation>您的同意已撤回。</translation>
    </message>
    <message>
        <source>Take consent back</source>
        <translation>撤回同意</translation>
    </message>
    <message>
        <source>Compare the fingerprint with this person by telephone or in person before you approve.</source>
        <translation>批准之前，请通过电话或当面与此人比对指纹。</translation>
    </message>
    <message>
        <source>Compare and approve…</source>
        <translation>比对并批准…</translation>
    </message>
    <message>
        <source>What</source>
        <translation>事项</translation>
    </message>
    <message>
        <source>About</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Since or until</source>
        <translation>自何时 / 至何时</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>Decision</source>
        <translation>决定</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>有效期至</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
</context>
<context>
    <name>ConsentPanel</name>
    <message>
        <source>Fetching what you would sign, and checking its signatures…</source>
        <translation>正在获取您将签名的内容并核查其签名…</translation>
    </message>
    <message>
        <source>What changed</source>
        <translation>更改内容</translation>
    </message>
    <message>
        <source>The specification as it is signed</source>
        <translation>被签名的规格原文</translation>
    </message>
    <message>
        <source>Show the exact text</source>
        <translation>显示原文</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>What you sign</source>
        <translation>您签名的内容</translation>
    </message>
    <message>
        <source>Valid for days</source>
        <translation>有效天数</translation>
    </message>
    <message>
        <source>Members of the project can read it; the log never holds it</source>
        <translation>项目成员可以看到；日志中绝不保存</translation>
    </message>
    <message>
        <source>Sign consent</source>
        <translation>签名同意</translation>
    </message>
    <message>
        <source>Decline</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Take consent back</source>
        <translation>撤回同意</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
    <message>
        <source>revision %1</source>
        <translation>修订版 %1</translation>
    </message>
    <message>
        <source>only at server %1</source>
        <translation>仅在服务器 %1</translation>
    </message>
    <message>
        <source>Your consent ends on %1. Sign again to extend it.</source>
        <translation>您的同意将于 %1 到期。再次签名即可延长。</translation>
    </message>
    <message numerus="yes">
        <source>%n of yours</source>
        <translation>
            <numerusform>其中 %n 个属于您</numerusform>
        </translation>
    </message>
    <message>
        <source>Your data sets</source>
        <translation>您的数据集</translation>
    </message>
    <message>
        <source>Since revision %1, to which you consented:</source>
        <translation>自您同意过的修订版 %1 以来：</translation>
    </message>
    <message>
        <source>Since revision %1, to which you did not consent:</source>
        <translation>自您未同意过的修订版 %1 以来：</translation>
    </message>
    <message>
        <source>Nothing.</source>
        <translation>没有更改。</translation>
    </message>
    <message>
        <source>Hide the exact text</source>
        <translation>隐藏原文</translation>
    </message>
</context>
</TS>
