<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AboutStep</name>
    <message>
        <source>What is this project?</source>
        <translation>这是一个什么项目？</translation>
    </message>
    <message>
        <source>Nothing is computed before every owner of data has signed. Until then everything can be changed.</source>
        <translation>在每位数据所有者签名之前，不会进行任何计算；此前一切都可以更改。</translation>
    </message>
    <message>
        <source>For example: chest X-rays, pneumonia</source>
        <translation>例如：胸部 X 光片，肺炎</translation>
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
        <source>What the model is for. Owners of data read it before they decide; the servers can read it.</source>
        <translation>说明模型的用途。数据所有者在决定之前会阅读它；服务器也能读到它。</translation>
    </message>
    <message numerus="yes">
        <source>%n character(s) left.</source>
        <translation>
            <numerusform>还可输入 %n 个字符。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BalanceChart</name>
    <message>
        <source>Images of each class by owner</source>
        <translation>各所有者的各类图像数量</translation>
    </message>
</context>
<context>
    <name>CostCard</name>
    <message>
        <source>What a training costs</source>
        <translation>一次训练的开销</translation>
    </message>
    <message>
        <source>The servers give no estimate.</source>
        <translation>服务器没有给出估算。</translation>
    </message>
    <message>
        <source>%1 images to train on, %2 steps. Owners send %3 to A and %4 to B once.</source>
        <translation>用于训练的图像 %1 张，共 %2 步。所有者一次性向 A 发送 %3，向 B 发送 %4。</translation>
    </message>
    <message>
        <source>Stage</source>
        <translation>阶段</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>流量</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>chosen</source>
        <translation>已选</translation>
    </message>
    <message>
        <source>not possible here</source>
        <translation>此处不可用</translation>
    </message>
    <message>
        <source>it takes the least time</source>
        <translation>它用时最短</translation>
    </message>
    <message>
        <source>it takes about as long as the fastest and rests on fewer assumptions</source>
        <translation>它与最快的方式用时相近，而且依赖的假设更少</translation>
    </message>
    <message>
        <source>the training is short: there is no need to trust anybody else</source>
        <translation>训练很短，无需信任其他人</translation>
    </message>
    <message>
        <source>it is not much slower and trusts nobody else</source>
        <translation>它并不慢多少，而且无需信任其他人</translation>
    </message>
    <message>
        <source>it saves much time</source>
        <translation>它节省大量时间</translation>
    </message>
    <message>
        <source>Recommended: %1, as %2.</source>
        <translation>推荐：%1，因为%2。</translation>
    </message>
    <message>
        <source>The two servers, by transfers</source>
        <translation>两台服务器，不经意传输</translation>
    </message>
    <message>
        <source>The two servers, with encryption</source>
        <translation>两台服务器，结合加密</translation>
    </message>
    <message>
        <source>With the helper</source>
        <translation>由辅助方参与</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>Hiding</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Features</source>
        <translation>特征</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Sealing the model</source>
        <translation>封装模型</translation>
    </message>
</context>
<context>
    <name>DataStep</name>
    <message>
        <source>Which data sets are used?</source>
        <translation>使用哪些数据集？</translation>
    </message>
    <message>
        <source>Their images need the same size, depth and classes. Every owner is asked for a signed consent.</source>
        <translation>它们的图像必须具有相同的尺寸、位深和类别。每位所有者都会被请求签署同意。</translation>
    </message>
    <message>
        <source>There is no data set yet</source>
        <translation>还没有数据集</translation>
    </message>
    <message>
        <source>Bring in images first, or ask other owners to share theirs with you.</source>
        <translation>请先导入图像，或请其他所有者与您共享数据集。</translation>
    </message>
    <message>
        <source>Bring in images</source>
        <translation>导入图像</translation>
    </message>
    <message>
        <source>All data sets</source>
        <translation>全部数据集</translation>
    </message>
    <message>
        <source>Only those that fit</source>
        <translation>仅相容的</translation>
    </message>
    <message>
        <source>Only chosen ones</source>
        <translation>仅已选的</translation>
    </message>
    <message>
        <source>Take in or leave out</source>
        <translation>选入或移出</translation>
    </message>
    <message>
        <source>Space does the same</source>
        <translation>按空格键也可以</translation>
    </message>
    <message>
        <source>Together</source>
        <translation>合计</translation>
    </message>
    <message numerus="yes">
        <source>%n data set(s)</source>
        <translation>
            <numerusform>%n 个数据集</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n owner(s)</source>
        <translation>
            <numerusform>%n 位所有者</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 images</source>
        <translation>%1 张图像</translation>
    </message>
    <message>
        <source>Not told how many of each class: %1</source>
        <translation>未说明各类数量：%1</translation>
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
        <translation>类别</translation>
    </message>
    <message>
        <source>Fits</source>
        <translation>是否相容</translation>
    </message>
    <message>
        <source>colour</source>
        <translation>彩色</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>灰度</translation>
    </message>
    <message>
        <source>%1 bit</source>
        <translation>%1 位</translation>
    </message>
    <message>
        <source>other size</source>
        <translation>尺寸不同</translation>
    </message>
    <message>
        <source>other depth</source>
        <translation>位深不同</translation>
    </message>
    <message>
        <source>other classes</source>
        <translation>类别不同</translation>
    </message>
    <message>
        <source>switched off</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>only at one server</source>
        <translation>仅一台服务器有</translation>
    </message>
    <message>
        <source>servers differ</source>
        <translation>服务器不一致</translation>
    </message>
    <message>
        <source>still uploading</source>
        <translation>仍在上传</translation>
    </message>
    <message>
        <source>not compared yet</source>
        <translation>尚未比对</translation>
    </message>
    <message>
        <source>shares do not match</source>
        <translation>份额不匹配</translation>
    </message>
    <message>
        <source>chosen</source>
        <translation>已选</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>Its images are %1; those of %2 are %3.</source>
        <translation>它的图像为 %1；%2 的图像为 %3。</translation>
    </message>
    <message>
        <source>Its classes are %1; those of %2 are %3.</source>
        <translation>它的类别为 %1；%2 的类别为 %3。</translation>
    </message>
</context>
<context>
    <name>HidingStep</name>
    <message>
        <source>How are the images hidden?</source>
        <translation>如何隐藏图像？</translation>
    </message>
    <message>
        <source>The servers only ever hold secret shares. Mixing and masking is a second layer: it limits what a finished model, or shares stolen from both servers, could give away.</source>
        <translation>服务器始终只持有秘密份额。混合与掩码是第二层保护：它限制训练完成的模型或从两台服务器窃取的份额可能泄露的内容。</translation>
    </message>
    <message>
        <source>Images mixed</source>
        <translation>混合的图像</translation>
    </message>
    <message>
        <source>Pixel range</source>
        <translation>像素范围</translation>
    </message>
    <message>
        <source>Flip the sign of every pixel at random</source>
        <translation>随机翻转每个像素的符号</translation>
    </message>
    <message>
        <source>Each server flips a secret coin for every pixel; neither knows the result.</source>
        <translation>每台服务器为每个像素抛一枚秘密硬币，双方都不知道结果。</translation>
    </message>
    <message>
        <source>How many images are mixed into one</source>
        <translation>将几张图像混合为一张</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>掩码</translation>
    </message>
    <message>
        <source>Pixel range before mixing</source>
        <translation>混合前的像素范围</translation>
    </message>
    <message>
        <source>What it costs in accuracy</source>
        <translation>对准确率的影响</translation>
    </message>
    <message>
        <source>What becomes of an image</source>
        <translation>图像会变成什么样</translation>
    </message>
    <message>
        <source>With my images</source>
        <translation>使用我的图像</translation>
    </message>
    <message>
        <source>Mix again</source>
        <translation>重新混合</translation>
    </message>
    <message>
        <source>Sample pictures, drawn by this program and mixed on this machine only</source>
        <translation>由本程序绘制的示例图像，仅在本机混合</translation>
    </message>
    <message>
        <source>mixed</source>
        <translation>混合后</translation>
    </message>
    <message>
        <source>masked: trained on</source>
        <translation>掩码后：用于训练</translation>
    </message>
    <message>
        <source>signs dropped</source>
        <translation>去掉符号后</translation>
    </message>
    <message>
        <source>With samples</source>
        <translation>使用示例</translation>
    </message>
    <message>
        <source>Mixing your images on this machine …</source>
        <translation>正在本机混合您的图像……</translation>
    </message>
    <message>
        <source>Your images, mixed on this machine only; nothing is sent</source>
        <translation>您的图像，仅在本机混合；不会发送任何内容</translation>
    </message>
    <message>
        <source>Nothing is hidden beyond the secret shares: the model is trained on the images themselves.</source>
        <translation>除秘密份额之外不再隐藏：模型直接在图像本身上训练。</translation>
    </message>
    <message>
        <source>The model is trained on the mixture. Who got hold of both shares of it would see it as here.</source>
        <translation>模型在混合图像上训练。谁若同时得到两个份额，看到的就是此处的图像。</translation>
    </message>
    <message>
        <source>With pixels from 0 to 1, who got hold of both shares could drop the signs and would see the mixture again: the mask adds nothing to it.</source>
        <translation>像素为 0 到 1 时，谁若同时得到两个份额，只要去掉符号就能重新看到混合图像：掩码没有额外作用。</translation>
    </message>
    <message>
        <source>With pixels from -1 to 1, dropping the signs does not bring the mixture back: light and dark are lost.</source>
        <translation>像素为 -1 到 1 时，去掉符号并不能恢复混合图像：明暗信息已经丢失。</translation>
    </message>
    <message>
        <source>Not measured with these choices.</source>
        <translation>尚未测量过这种组合。</translation>
    </message>
    <message>
        <source>No cost: %1 with convolutions, %2 with a flat network.</source>
        <translation>没有损失：卷积网络 %1，全连接网络 %2。</translation>
    </message>
    <message>
        <source>A flat network hardly learns from this: choose one with convolutions.</source>
        <translation>全连接网络几乎无法从中学习：请选择卷积网络。</translation>
    </message>
    <message>
        <source>%1 instead of %3 with convolutions, %2 instead of %4 with a flat network</source>
        <translation>卷积网络 %1（不隐藏时 %3），全连接网络 %2（不隐藏时 %4）</translation>
    </message>
    <message>
        <source>Measured on 10,000 handwritten digits, with twice the epochs where something is hidden; other images differ.</source>
        <translation>在 10,000 张手写数字上测得，隐藏时训练轮数加倍；其他图像会有所不同。</translation>
    </message>
    <message>
        <source>No mixing</source>
        <translation>不混合</translation>
    </message>
    <message>
        <source>Every image by itself</source>
        <translation>每张图像单独处理</translation>
    </message>
    <message>
        <source>2 images</source>
        <translation>2 张图像</translation>
    </message>
    <message>
        <source>Best accuracy</source>
        <translation>准确率最高</translation>
    </message>
    <message>
        <source>4 images</source>
        <translation>4 张图像</translation>
    </message>
    <message>
        <source>The usual choice</source>
        <translation>常用选择</translation>
    </message>
    <message>
        <source>6 images</source>
        <translation>6 张图像</translation>
    </message>
    <message>
        <source>Strong mixing</source>
        <translation>强混合</translation>
    </message>
    <message>
        <source>0 to 1 (unit)</source>
        <translation>0 到 1（unit）</translation>
    </message>
    <message>
        <source>Easier to learn from; the mask can be undone by dropping signs.</source>
        <translation>更容易学习；去掉符号即可消除掩码。</translation>
    </message>
    <message>
        <source>-1 to 1 (signed)</source>
        <translation>-1 到 1（signed）</translation>
    </message>
    <message>
        <source>The mask cannot be undone; needs convolutions and longer training.</source>
        <translation>掩码无法消除；需要卷积网络和更长的训练。</translation>
    </message>
</context>
<context>
    <name>LayersEditor</name>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Add a layer</source>
        <translation>添加层</translation>
    </message>
    <message>
        <source>Begin with</source>
        <translation>以此开始</translation>
    </message>
    <message>
        <source>From a file</source>
        <translation>从文件读取</translation>
    </message>
    <message>
        <source>This is no JSON list of layers yet.</source>
        <translation>这还不是一个 JSON 层列表。</translation>
    </message>
</context>
<context>
    <name>ModelStep</name>
    <message>
        <source>What is trained?</source>
        <translation>训练什么？</translation>
    </message>
    <message>
        <source>The smaller the trained part, the faster: each of its numbers costs both servers work.</source>
        <translation>可训练部分越小越快：其中每个数都要两台服务器付出计算。</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Layers have a bias</source>
        <translation>各层带偏置</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细设置</translation>
    </message>
    <message>
        <source>Public arithmetic in front of the trained part; a square of the pixels takes the mask away.</source>
        <translation>可训练部分之前的公开运算；像素的平方会消去掩码。</translation>
    </message>
    <message>
        <source>Extractor</source>
        <translation>特征提取器</translation>
    </message>
    <message>
        <source>Widths of the hidden layers</source>
        <translation>隐藏层宽度</translation>
    </message>
    <message>
        <source>Such as 128, 128</source>
        <translation>例如 128, 128</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>As it would be for 10 classes of grey images of 28 × 28: no data set is chosen.</source>
        <translation>尚未选择数据集：此处按 10 类 28 × 28 灰度图像绘制。</translation>
    </message>
    <message>
        <source>Not allowed by an operator</source>
        <translation>运营方不允许</translation>
    </message>
    <message>
        <source>Logistic regression</source>
        <translation>逻辑回归</translation>
    </message>
    <message>
        <source>One layer. The fastest, and good on public features.</source>
        <translation>只有一层。最快，配合公开特征效果良好。</translation>
    </message>
    <message>
        <source>Multilayer perceptron</source>
        <translation>多层感知机</translation>
    </message>
    <message>
        <source>Hidden layers of any width. Fast, and learns more.</source>
        <translation>任意宽度的隐藏层。较快，学习能力更强。</translation>
    </message>
    <message>
        <source>LeNet</source>
        <translation>LeNet</translation>
    </message>
    <message>
        <source>Two convolutions. Sees shapes anywhere in the image.</source>
        <translation>两个卷积层。能识别图像任何位置的形状。</translation>
    </message>
    <message>
        <source>Small ResNet</source>
        <translation>小型 ResNet</translation>
    </message>
    <message>
        <source>Residual blocks with normalisation. The slowest of these.</source>
        <translation>带归一化的残差块。其中最慢。</translation>
    </message>
    <message>
        <source>Layers of your own</source>
        <translation>自定义层</translation>
    </message>
    <message>
        <source>Any list of the layers that the servers can train.</source>
        <translation>服务器能够训练的任意层列表。</translation>
    </message>
    <message>
        <source>None: the image itself (no mask)</source>
        <translation>无：图像本身（无掩码）</translation>
    </message>
    <message>
        <source>Square: every pixel times itself</source>
        <translation>平方：每个像素自乘</translation>
    </message>
    <message>
        <source>Average pool: squares, 2 × 2 together</source>
        <translation>平均池化：平方后 2 × 2 合并</translation>
    </message>
    <message>
        <source>Filter bank: lines in four directions, and light</source>
        <translation>滤波器组：四个方向的线条与亮度</translation>
    </message>
</context>
<context>
    <name>NetworkCard</name>
    <message>
        <source>The network</source>
        <translation>网络</translation>
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
        <translation>适应宽度</translation>
    </message>
    <message>
        <source>Save the picture</source>
        <translation>保存图片</translation>
    </message>
    <message>
        <source>%1 trained parameters</source>
        <translation>%1 个可训练参数</translation>
    </message>
    <message>
        <source>The picture could not be written there.</source>
        <translation>无法将图片写入该位置。</translation>
    </message>
</context>
<context>
    <name>NetworkPicture</name>
    <message>
        <source>Picture of the network</source>
        <translation>网络示意图</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>公开</translation>
    </message>
    <message>
        <source>Trained, secret</source>
        <translation>可训练，保密</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 个参数</translation>
    </message>
    <message>
        <source>hidden images</source>
        <translation>隐藏后的图像</translation>
    </message>
</context>
<context>
    <name>PeopleStep</name>
    <message>
        <source>Who takes part?</source>
        <translation>谁参与？</translation>
    </message>
    <message>
        <source>Owners and editors may start trainings; viewers only look. The finished model is sealed to those who receive it: the servers never hold it.</source>
        <translation>所有者和编辑者可以启动训练；查看者只能查看。完成的模型只封装给接收者：服务器从不持有它。</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>All owners and editors</source>
        <translation>全部所有者和编辑者</translation>
    </message>
    <message>
        <source>Only those ticked above</source>
        <translation>仅上方勾选的人</translation>
    </message>
    <message>
        <source>Whoever receives it</source>
        <translation>接收模型的人</translation>
    </message>
    <message>
        <source>Nobody</source>
        <translation>无人</translation>
    </message>
    <message>
        <source>With any, each server keeps its share of the trained model until the project is archived. Many answers tell much about a model.</source>
        <translation>只要有人可以测试，每台服务器都会保留其模型份额，直到项目归档。大量的回答会透露模型的许多信息。</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Who receives the model</source>
        <translation>谁接收模型</translation>
    </message>
    <message>
        <source>Who may have it answer at the servers</source>
        <translation>谁可以在服务器上向模型提问</translation>
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
        <source>Receives</source>
        <translation>接收</translation>
    </message>
    <message>
        <source>May test</source>
        <translation>可测试</translation>
    </message>
    <message>
        <source>Role of %1</source>
        <translation>%1 的角色</translation>
    </message>
    <message>
        <source>you</source>
        <translation>您</translation>
    </message>
    <message>
        <source>data owner</source>
        <translation>数据所有者</translation>
    </message>
    <message>
        <source>Remove %1</source>
        <translation>移除 %1</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>%1 receives the model</source>
        <translation>%1 接收模型</translation>
    </message>
    <message>
        <source>%1 may test the model</source>
        <translation>%1 可以测试模型</translation>
    </message>
    <message>
        <source>Nobody here is called %1.</source>
        <translation>这里没有名为 %1 的用户。</translation>
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
</context>
<context>
    <name>PreparationStep</name>
    <message>
        <source>Who prepares the computation?</source>
        <translation>由谁准备计算？</translation>
    </message>
    <message>
        <source>Two servers can compute on shares only with random numbers that fit each other. Making them takes most of the time and traffic of a training.</source>
        <translation>两台服务器只有借助彼此相关的随机数才能在份额上计算。生成它们占据训练的大部分时间和流量。</translation>
    </message>
    <message>
        <source>The two servers, by transfers</source>
        <translation>两台服务器，不经意传输</translation>
    </message>
    <message>
        <source>Nobody else is involved. For small networks; traffic grows with every weight.</source>
        <translation>没有其他人参与。适合小型网络；流量随每个权重增长。</translation>
    </message>
    <message>
        <source>The two servers, with encryption</source>
        <translation>两台服务器，结合加密</translation>
    </message>
    <message>
        <source>Nobody else is involved. Layers are multiplied under encryption: far less traffic.</source>
        <translation>没有其他人参与。各层在加密状态下相乘，流量少得多。</translation>
    </message>
    <message>
        <source>A helper deals them</source>
        <translation>由辅助方分发</translation>
    </message>
    <message>
        <source>A third organisation hands them out. Much faster; it never sees an image or a share of one.</source>
        <translation>由第三方机构分发。快得多；它从不接触图像或其份额。</translation>
    </message>
    <message>
        <source>Preparation</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>What you trust in</source>
        <translation>您信任什么</translation>
    </message>
    <message>
        <source>This deployment has no helper.</source>
        <translation>此部署没有辅助方。</translation>
    </message>
    <message>
        <source>Not allowed by an operator</source>
        <translation>运营方不允许</translation>
    </message>
    <message>
        <source>Suits this network: %1 multiplications for an image</source>
        <translation>适合此网络：每张图像 %1 次乘法</translation>
    </message>
    <message>
        <source>A third organisation deals correlated randomness; it must not work together with A or B.</source>
        <translation>由第三方机构分发关联随机数；它不得与 A 或 B 合谋。</translation>
    </message>
    <message>
        <source>If the helper and one server put together what they know, they can compute every image. If the helper is away, a training waits for it.</source>
        <translation>如果辅助方与其中一台服务器合并所知，就能算出每张图像。辅助方离线时，训练会等待它。</translation>
    </message>
    <message>
        <source>A and B make all correlated randomness themselves; nobody else is involved.</source>
        <translation>A 和 B 自行生成全部关联随机数；没有其他人参与。</translation>
    </message>
    <message>
        <source>If both servers put together what they know, they can compute every image. One of them alone learns nothing but sizes and times.</source>
        <translation>如果两台服务器合并所知，就能算出每张图像。单独一台只能得知大小和时间。</translation>
    </message>
    <message>
        <source>That rests on the encryption between them (ring-LWE), too.</source>
        <translation>这还依赖于它们之间的加密（ring-LWE）。</translation>
    </message>
</context>
<context>
    <name>ProjectsPage</name>
    <message>
        <source>Projects</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>What is trained, on whose images.</source>
        <translation>用谁的图像，训练什么。</translation>
    </message>
    <message>
        <source>There is no project yet</source>
        <translation>还没有项目</translation>
    </message>
    <message>
        <source>A project says what is trained on which data sets; every owner of data signs before it starts.</source>
        <translation>项目说明在哪些数据集上训练什么；每位数据所有者签名之后才会开始。</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>New one like it</source>
        <translation>复制为新项目</translation>
    </message>
    <message>
        <source>New revision</source>
        <translation>新修订版</translation>
    </message>
    <message>
        <source>Remind owners</source>
        <translation>提醒所有者</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>归档</translation>
    </message>
    <message>
        <source>Delete draft</source>
        <translation>删除草稿</translation>
    </message>
    <message>
        <source>Server %1 does not answer; what the other one says is shown.</source>
        <translation>服务器 %1 没有应答；此处显示另一台服务器的信息。</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Missing consent: %1</source>
        <translation>缺少同意：%1</translation>
    </message>
    <message>
        <source>Why; every member can read it</source>
        <translation>原因；所有成员都能看到</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>No training starts and no consent counts until it is restored. What runs already goes on.</source>
        <translation>恢复之前不会启动训练，同意也不生效。已在运行的会继续。</translation>
    </message>
    <message>
        <source>Archive %1?</source>
        <translation>归档 %1？</translation>
    </message>
    <message>
        <source>It is thrown away at both servers, for everybody who writes it. Nothing can bring it back.</source>
        <translation>它将从两台服务器上删除，对所有编写者都是如此，无法恢复。</translation>
    </message>
    <message>
        <source>Delete the draft %1?</source>
        <translation>删除草稿 %1？</translation>
    </message>
    <message>
        <source>%1 is archived.</source>
        <translation>%1 已归档。</translation>
    </message>
    <message>
        <source>%1 is taken out of the archive.</source>
        <translation>%1 已从归档中恢复。</translation>
    </message>
    <message>
        <source>The draft %1 is deleted.</source>
        <translation>草稿 %1 已删除。</translation>
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
        <translation>不到一天前已提醒过：%1。</translation>
    </message>
    <message>
        <source>Every state</source>
        <translation>全部状态</translation>
    </message>
    <message>
        <source>Every role</source>
        <translation>全部角色</translation>
    </message>
    <message>
        <source>Everybody's</source>
        <translation>所有人的</translation>
    </message>
    <message>
        <source>Mine</source>
        <translation>我的</translation>
    </message>
    <message>
        <source>Of others</source>
        <translation>他人的</translation>
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
        <source>Your role</source>
        <translation>您的角色</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Missing consents</source>
        <translation>缺少的同意</translation>
    </message>
    <message>
        <source>Last activity</source>
        <translation>最近活动</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>waits for consent</source>
        <translation>等待同意</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练中</translation>
    </message>
    <message>
        <source>draft</source>
        <translation>草稿</translation>
    </message>
    <message>
        <source>archived</source>
        <translation>已归档</translation>
    </message>
    <message>
        <source>servers differ</source>
        <translation>服务器不一致</translation>
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
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>finished</source>
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
    <message>
        <source>draft, version %1</source>
        <translation>草稿，第 %1 版</translation>
    </message>
    <message>
        <source>revision %1</source>
        <translation>修订版 %1</translation>
    </message>
</context>
<context>
    <name>Refusals</name>
    <message>
        <source>A project needs a name of 1 to %1 characters.</source>
        <translation>项目名称需要 1 到 %1 个字符。</translation>
    </message>
    <message>
        <source>The purpose of a project is a text of at most %1 characters.</source>
        <translation>项目用途最多 %1 个字符。</translation>
    </message>
    <message>
        <source>A project needs 1 to 200 data sets.</source>
        <translation>项目需要 1 到 200 个数据集。</translation>
    </message>
    <message>
        <source>The chosen data sets cannot be used together.</source>
        <translation>所选数据集不能一起使用。</translation>
    </message>
    <message>
        <source>%1 images are less than a batch of %2.</source>
        <translation>%1 张图像少于一个批次的 %2 张。</translation>
    </message>
    <message>
        <source>Fewer images must be held back for so many classes.</source>
        <translation>类别这么多时，必须减少留出的图像。</translation>
    </message>
    <message>
        <source>These are more pixels than servers can hold; use fewer or smaller images.</source>
        <translation>像素总数超出服务器的容量；请使用更少或更小的图像。</translation>
    </message>
    <message>
        <source>Layer '%1' is too large for batches of %2.</source>
        <translation>层“%1”对于每批 %2 张来说太大。</translation>
    </message>
    <message>
        <source>Layer '%1' would normalise over fewer than %2 values; use larger batches.</source>
        <translation>层“%1”将在少于 %2 个值上归一化；请使用更大的批次。</translation>
    </message>
    <message>
        <source>Values at '%1' could leave the fixed-point range.</source>
        <translation>“%1”处的值可能超出定点数范围。</translation>
    </message>
    <message>
        <source>Node '%1' has an impossible size; are the images too small?</source>
        <translation>节点“%1”的尺寸不可能；图像是否太小？</translation>
    </message>
    <message>
        <source>Node '%1' (%2) takes flat values; there must be a flatten or a global-average-pool before it.</source>
        <translation>节点“%1”（%2）需要展平的值；它之前必须有 flatten 或 global-average-pool。</translation>
    </message>
    <message>
        <source>Node '%1' (%2) takes images [channels, height, width], and gets flat values.</source>
        <translation>节点“%1”（%2）需要图像 [通道, 高, 宽]，却得到展平的值。</translation>
    </message>
    <message>
        <source>Node '%1' (%2) must add two different values of the same shape.</source>
        <translation>节点“%1”（%2）必须把两个形状相同的不同值相加。</translation>
    </message>
    <message>
        <source>Node '%1' (%2) has groups that do not divide its channels.</source>
        <translation>节点“%1”（%2）的分组数不能整除其通道数。</translation>
    </message>
    <message>
        <source>The last layer must give one output per class, which are %1.</source>
        <translation>最后一层必须为每个类别给出一个输出，共 %1 个。</translation>
    </message>
    <message>
        <source>Dropout cannot be the last layer.</source>
        <translation>dropout 不能是最后一层。</translation>
    </message>
    <message>
        <source>A network needs layers to train.</source>
        <translation>网络需要可训练的层。</translation>
    </message>
    <message>
        <source>A network has at most %1 parameters.</source>
        <translation>网络最多有 %1 个参数。</translation>
    </message>
    <message>
        <source>A network has at most %1 layers.</source>
        <translation>网络最多有 %1 层。</translation>
    </message>
    <message>
        <source>model.layers is a list of layers for custom, and empty for other models.</source>
        <translation>自定义模型需要一个层列表；其他模型没有层列表。</translation>
    </message>
    <message>
        <source>model.hidden is a list of 1 to %1 widths for mlp, and empty for other models.</source>
        <translation>多层感知机需要 1 到 %1 个宽度；其他模型没有。</translation>
    </message>
    <message>
        <source>The kinds of layers are %1.</source>
        <translation>层的种类有 %1。</translation>
    </message>
    <message>
        <source>A %1 layer has exactly: %2.</source>
        <translation>%1 层必须恰好有：%2。</translation>
    </message>
    <message>
        <source>%1 of a %2 layer is a whole number from %3 to %4.</source>
        <translation>%2 层的 %1 是 %3 到 %4 的整数。</translation>
    </message>
    <message>
        <source>bias of a %1 layer is true or false.</source>
        <translation>%1 层的 bias 为 true 或 false。</translation>
    </message>
    <message>
        <source>The kernel of a %1 layer is [height, width], each 1 to %2.</source>
        <translation>%1 层的 kernel 为 [高, 宽]，各为 1 到 %2。</translation>
    </message>
    <message>
        <source>A network and a residual layer need a list of at least one layer.</source>
        <translation>网络和残差层都需要至少一层的列表。</translation>
    </message>
    <message>
        <source>Residual layers are nested at most %1 deep.</source>
        <translation>残差层最多嵌套 %1 层。</translation>
    </message>
    <message>
        <source>A sign mask needs an extractor, whose square takes it away again; without one hiding.mask is false.</source>
        <translation>符号掩码需要一个特征提取器，由其平方消去掩码；没有提取器时不能使用掩码。</translation>
    </message>
    <message>
        <source>%1 must be a whole number from %2 to %3.</source>
        <translation>%1 必须是 %2 到 %3 的整数。</translation>
    </message>
    <message>
        <source>%1 must be a decimal in quotes from %2 to %3, such as "0.05".</source>
        <translation>%1 必须是 %2 到 %3 的小数，例如 0.05。</translation>
    </message>
    <message>
        <source>%1 must be one of %2.</source>
        <translation>%1 必须是以下之一：%2。</translation>
    </message>
    <message>
        <source>training.batch must be a power of two, so that the mean is an exact shift.</source>
        <translation>批次大小必须是 2 的幂，这样平均值才是精确的移位。</translation>
    </message>
    <message>
        <source>Recipients of the model must be different members of the project.</source>
        <translation>模型接收者必须是项目的不同成员。</translation>
    </message>
    <message>
        <source>Testers of the model must be different members of the project.</source>
        <translation>模型测试者必须是项目的不同成员。</translation>
    </message>
    <message>
        <source>A project names at least one recipient of the model.</source>
        <translation>项目至少要指定一位模型接收者。</translation>
    </message>
    <message>
        <source>A project has 1 to 200 members.</source>
        <translation>项目有 1 到 200 位成员。</translation>
    </message>
    <message>
        <source>An operator allows only %1.</source>
        <translation>运营方只允许 %1。</translation>
    </message>
    <message>
        <source>An operator allows at most %1 epochs.</source>
        <translation>运营方最多允许 %1 轮。</translation>
    </message>
    <message>
        <source>This deployment has no helper.</source>
        <translation>此部署没有辅助方。</translation>
    </message>
</context>
<context>
    <name>ReviewStep</name>
    <message>
        <source>Is everything right?</source>
        <translation>一切都正确吗？</translation>
    </message>
    <message>
        <source>This is what every owner of data is asked to sign. Whatever changes later, they are asked again.</source>
        <translation>每位数据所有者都将被请求签署这些内容。之后若有任何更改，会再次请求。</translation>
    </message>
    <message>
        <source>Still to do</source>
        <translation>尚待处理</translation>
    </message>
    <message>
        <source>Right after</source>
        <translation>随后</translation>
    </message>
    <message>
        <source>Consent for my own data sets at once</source>
        <translation>立即为我自己的数据集签署同意</translation>
    </message>
    <message>
        <source>Days for which the consent is valid</source>
        <translation>同意的有效天数</translation>
    </message>
    <message>
        <source>Remind the other owners of data</source>
        <translation>提醒其他数据所有者</translation>
    </message>
    <message>
        <source>for</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>days</source>
        <translation>天</translation>
    </message>
    <message>
        <source>Both servers count and measure; this can take a minute …</source>
        <translation>两台服务器正在计算和测量；可能需要一分钟……</translation>
    </message>
    <message>
        <source>Asking both servers about data sets and keys …</source>
        <translation>正在向两台服务器查询数据集和密钥……</translation>
    </message>
    <message>
        <source>Signing and handing it to both servers …</source>
        <translation>正在签名并提交给两台服务器……</translation>
    </message>
    <message>
        <source>Only an owner of the draft can sign it. Save it, and ask an owner to open it.</source>
        <translation>只有草稿的所有者可以签名。请保存它，并请一位所有者打开。</translation>
    </message>
</context>
<context>
    <name>SignedCard</name>
    <message>
        <source>What is signed</source>
        <translation>签署的内容</translation>
    </message>
    <message>
        <source>Exact text</source>
        <translation>原文</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Hash</source>
        <translation>哈希值</translation>
    </message>
    <message>
        <source>What differs from revision %1</source>
        <translation>与修订版 %1 的区别</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>nobody; the servers keep nothing of the trained model</source>
        <translation>无人；服务器不保留训练好的模型的任何内容</translation>
    </message>
    <message>
        <source>%1 epochs, batches of %2, %3 images held back</source>
        <translation>%1 轮，每批 %2 张，留出 %3 张图像</translation>
    </message>
    <message>
        <source>%1, %2, learning rate %3 (%4), momentum %5, weight decay %6, clip %7</source>
        <translation>%1，%2，学习率 %3（%4），动量 %5，权重衰减 %6，梯度裁剪 %7</translation>
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
        <source>Owner</source>
        <translation>所有者</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>Members</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>Model goes to</source>
        <translation>模型交给</translation>
    </message>
    <message>
        <source>May be tested by</source>
        <translation>可由谁测试</translation>
    </message>
    <message>
        <source>Data sets</source>
        <translation>数据集</translation>
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
        <source>Budget</source>
        <translation>规模</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Preparation</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>mask on</source>
        <translation>掩码开</translation>
    </message>
    <message>
        <source>mask off</source>
        <translation>掩码关</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) mixed</source>
        <translation>
            <numerusform>混合 %n 张图像</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>with bias</source>
        <translation>带偏置</translation>
    </message>
    <message>
        <source>A and B make all correlated randomness themselves, partly under encryption; nobody else is involved</source>
        <translation>A 和 B 自行生成全部关联随机数，部分在加密状态下完成；没有其他人参与</translation>
    </message>
    <message>
        <source>A and B make all correlated randomness themselves; nobody else is involved</source>
        <translation>A 和 B 自行生成全部关联随机数；没有其他人参与</translation>
    </message>
    <message>
        <source>a third organisation deals correlated randomness; it must not work together with A or B</source>
        <translation>由第三方机构分发关联随机数；它不得与 A 或 B 合谋</translation>
    </message>
</context>
<context>
    <name>Stepper</name>
    <message>
        <source>needs attention</source>
        <translation>需要处理</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>Basics</source>
        <translation>基本信息</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
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
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Preparation</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>People</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>确认</translation>
    </message>
</context>
<context>
    <name>TrainingStep</name>
    <message>
        <source>How is it trained?</source>
        <translation>如何训练？</translation>
    </message>
    <message>
        <source>These values suit most projects. Time and traffic grow with the epochs.</source>
        <translation>这些值适合大多数项目。时间和流量随轮数增长。</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>规模</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>epoch</source>
        <translation>轮</translation>
    </message>
    <message>
        <source>%1 images to train on, %2 held back (%3). %4 steps an epoch, %5 in all.</source>
        <translation>用于训练 %1 张，留出 %2 张（%3）。每轮 %4 步，共 %5 步。</translation>
    </message>
    <message>
        <source>How many steps that is shows once data sets are chosen.</source>
        <translation>选择数据集后将显示步数。</translation>
    </message>
    <message>
        <source>rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>Passes over all images</source>
        <translation>遍历全部图像的次数</translation>
    </message>
    <message>
        <source>Batch</source>
        <translation>批次大小</translation>
    </message>
    <message>
        <source>Images in one step</source>
        <translation>每一步的图像数</translation>
    </message>
    <message>
        <source>Held back</source>
        <translation>留出</translation>
    </message>
    <message>
        <source>Images to measure with, at most a fifth of each set</source>
        <translation>用于评估的图像，每个数据集最多五分之一</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失函数</translation>
    </message>
    <message>
        <source>What is made small</source>
        <translation>要最小化的量</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>How weights follow gradients</source>
        <translation>权重如何随梯度更新</translation>
    </message>
    <message>
        <source>At its highest</source>
        <translation>最大值</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>学习率调度</translation>
    </message>
    <message>
        <source>The learning rate over time</source>
        <translation>学习率随时间的变化</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>0 to 0.99</source>
        <translation>0 到 0.99</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>0 for none</source>
        <translation>0 表示不使用</translation>
    </message>
    <message>
        <source>Clipping</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Largest norm of all gradients together; 0 for any</source>
        <translation>全部梯度的最大范数；0 表示不限</translation>
    </message>
    <message>
        <source>Cross-entropy (softmax)</source>
        <translation>交叉熵（softmax）</translation>
    </message>
    <message>
        <source>Logistic, class by class</source>
        <translation>逐类逻辑损失</translation>
    </message>
    <message>
        <source>Squared distance</source>
        <translation>平方距离</translation>
    </message>
    <message>
        <source>SGD with momentum</source>
        <translation>带动量的 SGD</translation>
    </message>
    <message>
        <source>Adam</source>
        <translation>Adam</translation>
    </message>
    <message>
        <source>One cycle</source>
        <translation>单周期（one-cycle）</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>In steps</source>
        <translation>分步下降</translation>
    </message>
</context>
<context>
    <name>TrustPicture</name>
    <message>
        <source>Who must not work together</source>
        <translation>谁不得合谋</translation>
    </message>
    <message>
        <source>A, B and the helper</source>
        <translation>A、B 与辅助方</translation>
    </message>
    <message>
        <source>A and B</source>
        <translation>A 与 B</translation>
    </message>
    <message>
        <source>Must not work together: %1</source>
        <translation>不得合谋：%1</translation>
    </message>
    <message>
        <source>Helper</source>
        <translation>辅助方</translation>
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
        <source>must never put together what they know</source>
        <translation>绝不可合并各自所知</translation>
    </message>
</context>
<context>
    <name>WizardPage</name>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>Asking the servers …</source>
        <translation>正在询问服务器……</translation>
    </message>
    <message>
        <source>Save as draft</source>
        <translation>保存为草稿</translation>
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
        <source>Sign and create</source>
        <translation>签名并创建</translation>
    </message>
    <message>
        <source>What you changed since the last save would be lost.</source>
        <translation>上次保存以来的更改将会丢失。</translation>
    </message>
    <message>
        <source>Leave what you were writing?</source>
        <translation>放弃正在编写的内容？</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Saved as a draft, version %1</source>
        <translation>已保存为草稿，第 %1 版</translation>
    </message>
    <message>
        <source>The project is at both servers.</source>
        <translation>项目已在两台服务器上。</translation>
    </message>
    <message numerus="yes">
        <source>You have consented for %n data set(s).</source>
        <translation>
            <numerusform>您已为 %n 个数据集签署同意。</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 has saved version %2 meanwhile. Saving yours replaces it; taking theirs drops your changes.</source>
        <translation>%1 在此期间保存了第 %2 版。保存您的将替换它；采用对方的将丢弃您的更改。</translation>
    </message>
    <message>
        <source>Somebody else has changed this draft</source>
        <translation>其他人更改了此草稿</translation>
    </message>
    <message>
        <source>Save mine over it</source>
        <translation>用我的覆盖</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Take theirs</source>
        <translation>采用对方的</translation>
    </message>
    <message>
        <source>Revision %1 of %2</source>
        <translation>%2 的修订版 %1</translation>
    </message>
    <message>
        <source>Not saved yet. A draft can be written by several people; it binds nobody.</source>
        <translation>尚未保存。草稿可由多人编写，对任何人都没有约束力。</translation>
    </message>
    <message>
        <source>Draft, version %1 by %2; your changes since are not saved.</source>
        <translation>草稿，第 %1 版，由 %2 保存；您此后的更改尚未保存。</translation>
    </message>
    <message>
        <source>Draft, version %1 by %2. It binds nobody.</source>
        <translation>草稿，第 %1 版，由 %2 保存。它没有约束力。</translation>
    </message>
    <message>
        <source>Sign and publish</source>
        <translation>签名并发布</translation>
    </message>
</context>
</TS>
