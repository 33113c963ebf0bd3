<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>CardTab</name>
    <message>
        <source>Language of the card</source>
        <translation>模型卡语言</translation>
    </message>
    <message>
        <source>Save as HTML</source>
        <translation>保存为 HTML</translation>
    </message>
    <message>
        <source>Save as PDF</source>
        <translation>保存为 PDF</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>模型卡</translation>
    </message>
    <message>
        <source>There is no card yet</source>
        <translation>还没有模型卡</translation>
    </message>
    <message>
        <source>Fetch the model; its card is made on this device.</source>
        <translation>请先取回模型；模型卡在本机生成。</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
    <message>
        <source>Save the card</source>
        <translation>保存模型卡</translation>
    </message>
</context>
<context>
    <name>CheckTab</name>
    <message>
        <source>Where the model is</source>
        <translation>模型所在位置</translation>
    </message>
    <message>
        <source>Fetch the model</source>
        <translation>取回模型</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Fetching</source>
        <translation>正在取回</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>It is on this device. Both shares were fetched and added here; nobody else saw it whole.</source>
        <translation>模型在本机。两个份额在这里取回并相加；没有其他人见过完整的模型。</translation>
    </message>
    <message>
        <source>It lies at the two servers as two shares that are sealed for you. They are fetched, opened and added on this device; neither server sees the model.</source>
        <translation>模型以两个为您密封的份额保存在两台服务器上。份额在本机取回、打开并相加；任何一台服务器都看不到模型。</translation>
    </message>
    <message>
        <source>The project does not name you as a recipient: you cannot fetch it. You may be able to test it.</source>
        <translation>项目没有把您列为接收者，因此您不能取回模型，但可能可以测试它。</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>%1 × %2 pixels, %3 channel(s), %4 bits</source>
        <translation>%1 × %2 像素，%3 个通道，%4 位</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>输入</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Fetched</source>
        <translation>取回时间</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Fetch the model of %1</source>
        <translation>取回 %1 的模型</translation>
    </message>
    <message>
        <source>Check the model</source>
        <translation>检查模型</translation>
    </message>
</context>
<context>
    <name>ConfusionMatrix</name>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>%1 recognised: %2 of %3 images (%4)</source>
        <translation>%1 识别正确：%3 张中的 %2 张（%4）</translation>
    </message>
    <message>
        <source>%1 taken for %2: %3 of %4 images (%5)</source>
        <translation>%1 被判为 %2：%4 张中的 %3 张（%5）</translation>
    </message>
    <message>
        <source>taken for</source>
        <translation>判断结果</translation>
    </message>
    <message>
        <source>truth</source>
        <translation>真实类别</translation>
    </message>
</context>
<context>
    <name>ExportTab</name>
    <message>
        <source>Before a file is kept, the other library predicts random inputs with it, and every prediction is compared with this program's. If one differs, nothing is written.</source>
        <translation>保留文件之前，另一个库会用它对随机输入进行预测，并逐一与本程序的预测比较。只要有一个不同，就不写入任何内容。</translation>
    </message>
    <message>
        <source>One file for many programs: ONNX Runtime, OpenCV, Windows ML and others.</source>
        <translation>一个文件可用于许多程序：ONNX Runtime、OpenCV、Windows ML 等。</translation>
    </message>
    <message>
        <source>A TorchScript file that PyTorch loads without any code of this program.</source>
        <translation>PyTorch 无需本程序的任何代码即可载入的 TorchScript 文件。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>The model is not on this device; fetch it first.</source>
        <translation>模型不在本机；请先取回。</translation>
    </message>
    <message>
        <source>Export as %1</source>
        <translation>导出为 %1</translation>
    </message>
    <message>
        <source>Written, with the same predictions: %1 (%2)</source>
        <translation>已写入，预测一致：%1（%2）</translation>
    </message>
</context>
<context>
    <name>MistakesCard</name>
    <message>
        <source>Misclassified images</source>
        <translation>误判的图像</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>全部显示</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>上一页</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一页</translation>
    </message>
    <message>
        <source>There are none.</source>
        <translation>没有误判的图像。</translation>
    </message>
    <message>
        <source>%1 to %2 of %3, those the model was surest of first</source>
        <translation>第 %1 至 %2 张，共 %3 张；模型最有把握的在前</translation>
    </message>
    <message>
        <source>%1 was taken for %2 with %3</source>
        <translation>%1 被判为 %2，概率 %3</translation>
    </message>
    <message>
        <source>image %1</source>
        <translation>图像 %1</translation>
    </message>
</context>
<context>
    <name>Model</name>
    <message>
        <source>Both shares were sealed for you alone.</source>
        <translation>两个份额只为您一人密封。</translation>
    </message>
    <message>
        <source>The shares of both servers fit each other.</source>
        <translation>两台服务器的份额互相吻合。</translation>
    </message>
    <message>
        <source>It is the model of this training.</source>
        <translation>这是本次训练的模型。</translation>
    </message>
    <message>
        <source>It was trained by the revision that was signed.</source>
        <translation>它按已签名的修订版训练。</translation>
    </message>
    <message>
        <source>The file on this device is as it was when it was fetched.</source>
        <translation>本机上的文件与取回时一致。</translation>
    </message>
    <message>
        <source>The network is whole, and all its numbers are finite.</source>
        <translation>网络完整，所有数值均有限。</translation>
    </message>
    <message>
        <source>The network is the one that was agreed on.</source>
        <translation>网络与约定的一致。</translation>
    </message>
    <message>
        <source>It was trained for as many epochs as agreed.</source>
        <translation>训练轮数与约定一致。</translation>
    </message>
    <message>
        <source>Server A recorded in the log that it sealed this very share.</source>
        <translation>服务器 A 在审计日志中记录了它密封的正是这个份额。</translation>
    </message>
    <message>
        <source>Server B recorded in the log that it sealed this very share.</source>
        <translation>服务器 B 在审计日志中记录了它密封的正是这个份额。</translation>
    </message>
    <message>
        <source>Every step of the training was computed honestly.</source>
        <translation>训练的每一步都如实计算。</translation>
    </message>
    <message>
        <source>Your copy of the log does not show it yet.</source>
        <translation>您的审计日志副本中还没有这条记录。</translation>
    </message>
    <message>
        <source>No file can prove this. It rests on the two servers not being controlled by the same party.</source>
        <translation>任何文件都无法证明这一点。它依赖于两台服务器不受同一方控制。</translation>
    </message>
    <message>
        <source>There is no record of where this file came from.</source>
        <translation>没有关于此文件来源的记录。</translation>
    </message>
    <message>
        <source>proved</source>
        <translation>已证明</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>未通过</translation>
    </message>
    <message>
        <source>could not be looked at</source>
        <translation>无法查看</translation>
    </message>
    <message>
        <source>cannot be proved</source>
        <translation>无法证明</translation>
    </message>
    <message>
        <source>logistic regression</source>
        <translation>逻辑回归</translation>
    </message>
    <message>
        <source>multilayer perceptron</source>
        <translation>多层感知机</translation>
    </message>
    <message>
        <source>LeNet</source>
        <translation>LeNet</translation>
    </message>
    <message>
        <source>ResNet</source>
        <translation>ResNet</translation>
    </message>
    <message>
        <source>own network</source>
        <translation>自定义网络</translation>
    </message>
    <message>
        <source>Servers alone</source>
        <translation>仅服务器</translation>
    </message>
    <message>
        <source>Servers alone, with encryption</source>
        <translation>仅服务器，结合加密</translation>
    </message>
    <message>
        <source>Helper</source>
        <translation>辅助方</translation>
    </message>
    <message>
        <source>Split on this device</source>
        <translation>在本机拆分</translation>
    </message>
    <message>
        <source>Send the shares</source>
        <translation>发送份额</translation>
    </message>
    <message>
        <source>Wait for the servers</source>
        <translation>等待服务器</translation>
    </message>
    <message>
        <source>The servers compute</source>
        <translation>服务器计算</translation>
    </message>
    <message>
        <source>Put the answer together</source>
        <translation>合成答案</translation>
    </message>
    <message>
        <source>Fetch both shares</source>
        <translation>取回两个份额</translation>
    </message>
    <message>
        <source>Open and add them</source>
        <translation>打开并相加</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>Keep the model</source>
        <translation>保存模型</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>载入</translation>
    </message>
    <message>
        <source>Compare predictions</source>
        <translation>比较预测</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Compute the results</source>
        <translation>计算结果</translation>
    </message>
    <message>
        <source>Fetch the log</source>
        <translation>取回审计日志</translation>
    </message>
    <message>
        <source>Tested on this device.</source>
        <translation>在本机测试。</translation>
    </message>
    <message>
        <source>Tested by secret-shared query.</source>
        <translation>通过秘密份额查询测试。</translation>
    </message>
    <message>
        <source>The last test on this device.</source>
        <translation>本机上的最近一次测试。</translation>
    </message>
    <message>
        <source>%1 agreed, %2 trained</source>
        <translation>约定 %1，实际训练 %2</translation>
    </message>
    <message>
        <source>revision %1</source>
        <translation>修订版 %1</translation>
    </message>
    <message>
        <source>%1 parameters</source>
        <translation>%1 个参数</translation>
    </message>
    <message>
        <source>entry %1 of the log</source>
        <translation>审计日志第 %1 条</translation>
    </message>
</context>
<context>
    <name>ModelPage</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Open project</source>
        <translation>打开项目</translation>
    </message>
    <message>
        <source>Forget at the servers</source>
        <translation>在服务器上遗忘</translation>
    </message>
    <message>
        <source>Fetch and check</source>
        <translation>取回与检查</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>模型卡</translation>
    </message>
    <message>
        <source>Model of unknown origin</source>
        <translation>来源不明的模型</translation>
    </message>
    <message>
        <source>Model of training %1</source>
        <translation>训练 %1 的模型</translation>
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
        <source>The servers keep nothing of it any more.</source>
        <translation>服务器已不再保留它的任何内容。</translation>
    </message>
    <message>
        <source>The servers do not answer; what is on this device is shown.</source>
        <translation>服务器没有响应；显示的是本机上的内容。</translation>
    </message>
    <message>
        <source>on this device</source>
        <translation>在本机</translation>
    </message>
    <message>
        <source>ready to fetch</source>
        <translation>可取回</translation>
    </message>
    <message>
        <source>for testing</source>
        <translation>可测试</translation>
    </message>
    <message>
        <source>%1 right</source>
        <translation>正确率 %1</translation>
    </message>
    <message>
        <source>Both servers delete their shares of the weights. Nobody can test the model there any more, and this cannot be undone. Models that were fetched stay where they are, and can still be fetched by recipients.</source>
        <translation>两台服务器都会删除各自的权重份额。此后任何人都不能在那里测试该模型，且无法撤销。已取回的模型保留在原处，接收者仍可取回。</translation>
    </message>
    <message>
        <source>Have the servers forget this model?</source>
        <translation>要让服务器遗忘此模型吗？</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>遗忘</translation>
    </message>
    <message>
        <source>Both servers have forgotten the weights.</source>
        <translation>两台服务器都已遗忘权重。</translation>
    </message>
    <message>
        <source>Server A: %1. Server B: %2.</source>
        <translation>服务器 A：%1。服务器 B：%2。</translation>
    </message>
    <message>
        <source>forgotten</source>
        <translation>已遗忘</translation>
    </message>
    <message>
        <source>nothing was kept</source>
        <translation>没有保留内容</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Models of finished trainings. A model leaves the servers only as two shares sealed for you.</source>
        <translation>已完成训练的模型。模型只以两个为您密封的份额离开服务器。</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>There is no model yet</source>
        <translation>还没有模型</translation>
    </message>
    <message>
        <source>A model appears here when a training of your projects has finished and you are among its recipients.</source>
        <translation>当您的项目有训练完成且您是接收者之一时，模型会出现在这里。</translation>
    </message>
    <message>
        <source>Go to projects</source>
        <translation>前往项目</translation>
    </message>
    <message>
        <source>On this device</source>
        <translation>在本机</translation>
    </message>
    <message>
        <source>At the servers</source>
        <translation>在服务器上</translation>
    </message>
    <message>
        <source>Every place</source>
        <translation>所有位置</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>取回</translation>
    </message>
    <message>
        <source>Fetching</source>
        <translation>正在取回</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>修订版</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation>训练完成时间</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>not readable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>ready to fetch</source>
        <translation>可取回</translation>
    </message>
    <message>
        <source>for testing</source>
        <translation>可测试</translation>
    </message>
    <message>
        <source>check failed</source>
        <translation>检查未通过</translation>
    </message>
    <message>
        <source>verified</source>
        <translation>已验证</translation>
    </message>
    <message>
        <source>fetched</source>
        <translation>已取回</translation>
    </message>
    <message>
        <source>not tested</source>
        <translation>未测试</translation>
    </message>
    <message>
        <source>%1 right</source>
        <translation>正确率 %1</translation>
    </message>
    <message>
        <source>The servers do not answer; only models on this device are shown.</source>
        <translation>服务器没有响应；只显示本机上的模型。</translation>
    </message>
    <message>
        <source>The project names you as a tester, not as a recipient of the model.</source>
        <translation>项目把您列为测试者，而不是模型的接收者。</translation>
    </message>
    <message>
        <source>Fetch the model of %1</source>
        <translation>取回 %1 的模型</translation>
    </message>
    <message>
        <source>The model is on this device.</source>
        <translation>模型已在本机。</translation>
    </message>
</context>
<context>
    <name>PredictionCard</name>
    <message>
        <source>The picture as the model sees it</source>
        <translation>模型看到的图像</translation>
    </message>
    <message>
        <source>Taken for %1</source>
        <translation>判断为 %1</translation>
    </message>
    <message>
        <source>Each class has a probability of its own; they need not sum to 100 %.</source>
        <translation>每个类别各有自己的概率；它们之和不必为 100 %。</translation>
    </message>
    <message>
        <source>The model was trained with the squared loss; these are estimates of probabilities.</source>
        <translation>模型用平方损失训练；这些是概率的估计值。</translation>
    </message>
    <message>
        <source>Probabilities as the model gives them; the calibration in the results says how far to trust them.</source>
        <translation>这是模型给出的概率；结果中的校准图说明它们有多可信。</translation>
    </message>
</context>
<context>
    <name>QueryCard</name>
    <message>
        <source>Secret-shared query</source>
        <translation>秘密份额查询</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>The servers still have the shares of these images, as a data set of yours. Delete them?</source>
        <translation>服务器仍保留这些图像的份额，作为您的一个数据集。要删除吗？</translation>
    </message>
    <message>
        <source>Delete them</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Keep them</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Delete the images of this test?</source>
        <translation>要删除本次测试的图像吗？</translation>
    </message>
    <message>
        <source>Both servers delete their shares and give you a signed receipt. The result stays with you.</source>
        <translation>两台服务器都会删除各自的份额并给您签名回执。结果仍保留在您这里。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>ResultsTab</name>
    <message>
        <source>There is no result yet</source>
        <translation>还没有结果</translation>
    </message>
    <message>
        <source>Test the model on labelled images first.</source>
        <translation>请先用有标签的图像测试模型。</translation>
    </message>
    <message>
        <source>Export results</source>
        <translation>导出结果</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>F1, mean of the classes</source>
        <translation>F1（各类平均）</translation>
    </message>
    <message>
        <source>AUC, mean of the classes</source>
        <translation>AUC（各类平均）</translation>
    </message>
    <message>
        <source>Percent of each row</source>
        <translation>按行显示百分比</translation>
    </message>
    <message>
        <source>ROC curves</source>
        <translation>ROC 曲线</translation>
    </message>
    <message>
        <source>false positive rate</source>
        <translation>假阳性率</translation>
    </message>
    <message>
        <source>true positive rate</source>
        <translation>真阳性率</translation>
    </message>
    <message>
        <source>Class of the curve</source>
        <translation>曲线的类别</translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation>校准</translation>
    </message>
    <message>
        <source>probability the model gives</source>
        <translation>模型给出的概率</translation>
    </message>
    <message>
        <source>share that is right</source>
        <translation>正确的比例</translation>
    </message>
    <message>
        <source>No classes</source>
        <translation>没有类别</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>混淆矩阵</translation>
    </message>
    <message>
        <source>By class</source>
        <translation>按类别</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
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
        <source>AUC</source>
        <translation>AUC</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) could not be used</source>
        <translation>
            <numerusform>%n 个文件无法使用</numerusform>
        </translation>
    </message>
    <message>
        <source>95 % interval %1 to %2</source>
        <translation>95 % 置信区间 %1 至 %2</translation>
    </message>
    <message>
        <source>of %1 images</source>
        <translation>共 %1 张图像</translation>
    </message>
    <message>
        <source>precision %1, recall %2</source>
        <translation>精确率 %1，召回率 %2</translation>
    </message>
    <message>
        <source>1 is perfect, 0.5 is chance</source>
        <translation>1 为完美，0.5 为随机</translation>
    </message>
    <message>
        <source>Mean and lowest curves</source>
        <translation>平均与最低的曲线</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>perfect</source>
        <translation>理想</translation>
    </message>
    <message>
        <source>Expected calibration error %1: how far probabilities are from what is right, on average.</source>
        <translation>期望校准误差 %1：概率与实际正确比例的平均差距。</translation>
    </message>
    <message>
        <source>Scores of the classes</source>
        <translation>各类别的得分</translation>
    </message>
    <message>
        <source>Misclassified images</source>
        <translation>误判的图像</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Written: %1</source>
        <translation>已写入：%1</translation>
    </message>
</context>
<context>
    <name>SourceArea</name>
    <message>
        <source>Drop a picture, or a folder with one folder per class</source>
        <translation>拖入一张图像，或每个类别一个子文件夹的文件夹</translation>
    </message>
    <message>
        <source>PNG, JPEG, BMP, TIFF, WebP and DICOM, or a CSV table of file and class.</source>
        <translation>PNG、JPEG、BMP、TIFF、WebP 和 DICOM，或列出文件与类别的 CSV 表格。</translation>
    </message>
    <message>
        <source>Choose a picture</source>
        <translation>选择图像</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>选择文件夹</translation>
    </message>
    <message>
        <source>Choose a table</source>
        <translation>选择表格</translation>
    </message>
</context>
<context>
    <name>TestTab</name>
    <message>
        <source>On this device</source>
        <translation>在本机</translation>
    </message>
    <message>
        <source>By secret-shared query</source>
        <translation>通过秘密份额查询</translation>
    </message>
    <message>
        <source>Trained with</source>
        <translation>训练所用损失</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>whole picture, stretched</source>
        <translation>整张图像，拉伸</translation>
    </message>
    <message>
        <source>centre, cropped</source>
        <translation>中心，裁剪</translation>
    </message>
    <message>
        <source>How pictures are fitted</source>
        <translation>图像适配方式</translation>
    </message>
    <message>
        <source>Pictures of another shape</source>
        <translation>形状不同的图像</translation>
    </message>
    <message>
        <source>Where the test is computed</source>
        <translation>在哪里计算测试</translation>
    </message>
    <message>
        <source>The images stay on this device. Nobody learns that you test, on what, or with what result.</source>
        <translation>图像留在本机。没有人知道您在测试、用什么测试以及结果如何。</translation>
    </message>
    <message>
        <source>The model is not on this device; fetch it first.</source>
        <translation>模型不在本机；请先取回。</translation>
    </message>
    <message>
        <source>At the servers: %1</source>
        <translation>在服务器上：%1</translation>
    </message>
    <message>
        <source>Each image is split on this device into two shares that say nothing alone. The servers compute on shares; only you can put the answer together. They learn that you test, when, and how many images of what size, but no image, no label and no answer. At most %1 images at a time.</source>
        <translation>每张图像在本机拆分成两个单独毫无意义的份额。服务器在份额上计算；只有您能合成答案。它们知道您在测试、测试时间以及图像的数量和尺寸，但看不到图像、标签和答案。一次最多 %1 张图像。</translation>
    </message>
    <message>
        <source>Test the model of %1</source>
        <translation>测试 %1 的模型</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Choose a picture</source>
        <translation>选择图像</translation>
    </message>
    <message>
        <source>Choose a folder with one folder per class</source>
        <translation>选择每个类别一个子文件夹的文件夹</translation>
    </message>
    <message>
        <source>Choose a table</source>
        <translation>选择表格</translation>
    </message>
</context>
<context>
    <name>VerdictCard</name>
    <message>
        <source>Do NOT use this model: something about it is wrong. Tell the other members of the project.</source>
        <translation>请勿使用此模型：它有问题。请告知项目的其他成员。</translation>
    </message>
    <message>
        <source>%1 points are proved, none has failed.</source>
        <translation>已证明 %1 项，没有一项未通过。</translation>
    </message>
    <message>
        <source>%1 could not be looked at.</source>
        <translation>%1 项无法查看。</translation>
    </message>
</context>
<context>
    <name>_FormatCard</name>
    <message>
        <source>Export as %1</source>
        <translation>导出为 %1</translation>
    </message>
    <message>
        <source>This takes %1, which is not installed. The extra client of the package imguard brings it.</source>
        <translation>这需要尚未安装的 %1。imguard 软件包的 client 附加组件包含它。</translation>
    </message>
    <message>
        <source>Looking for the library…</source>
        <translation>正在查找所需的库…</translation>
    </message>
</context>
</TS>
