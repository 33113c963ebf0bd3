<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>DashboardPage</name>
    <message>
        <source>Dashboard</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Users</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Finished trainings</source>
        <translation>已完成的训练</translation>
    </message>
    <message>
        <source>Training now</source>
        <translation>正在训练</translation>
    </message>
    <message>
        <source>Trainings that have not ended</source>
        <translation>未结束的训练</translation>
    </message>
    <message>
        <source>Load of the last half hour</source>
        <translation>最近半小时的负载</translation>
    </message>
    <message>
        <source>Recent activity</source>
        <translation>最近动态</translation>
    </message>
    <message>
        <source>Recent tasks on this device</source>
        <translation>本机最近的任务</translation>
    </message>
    <message>
        <source>Server %1</source>
        <translation>服务器 %1</translation>
    </message>
    <message>
        <source>%1 does not answer; what it alone knows is missing here.</source>
        <translation>%1 没有响应；仅它知道的内容此处缺失。</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s) to approve</source>
        <translation>
            <numerusform>%n 个申请待批准</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n ready to train</source>
        <translation>
            <numerusform>%n 个可开始训练</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n 个失败</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting or paused</source>
        <translation>
            <numerusform>%n 个等待或暂停</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is training now.</source>
        <translation>目前没有训练。</translation>
    </message>
    <message>
        <source>Nothing has happened yet.</source>
        <translation>尚无动态。</translation>
    </message>
    <message>
        <source>No upload and no other long work since the program started.</source>
        <translation>程序启动以来没有上传或其他耗时任务。</translation>
    </message>
</context>
<context>
    <name>DashboardWords</name>
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
        <source>%1 created the project %2</source>
        <translation>%1 创建了项目 %2</translation>
    </message>
    <message>
        <source>%1 published revision %3 of %2</source>
        <translation>%1 发布了 %2 的修订版 %3</translation>
    </message>
    <message>
        <source>%1 consented to %2</source>
        <translation>%1 同意了 %2</translation>
    </message>
    <message>
        <source>%1 declined to take part in %2</source>
        <translation>%1 拒绝参与 %2</translation>
    </message>
    <message>
        <source>%1 took back the consent to %2</source>
        <translation>%1 撤回了对 %2 的同意</translation>
    </message>
    <message>
        <source>%1 started training %3 of %2</source>
        <translation>%1 开始了 %2 的训练 %3</translation>
    </message>
    <message>
        <source>Training %3 of %2 is finished</source>
        <translation>%2 的训练 %3 已完成</translation>
    </message>
    <message>
        <source>Training %3 of %2 failed</source>
        <translation>%2 的训练 %3 失败</translation>
    </message>
    <message>
        <source>Training %3 of %2 was stopped</source>
        <translation>%2 的训练 %3 已停止</translation>
    </message>
    <message>
        <source>%1 brought in the data set %3</source>
        <translation>%1 导入了数据集 %3</translation>
    </message>
</context>
<context>
    <name>FirstSteps</name>
    <message>
        <source>First steps</source>
        <translation>入门</translation>
    </message>
    <message>
        <source>Images never leave this device as images: they are split into two shares, one for each server.</source>
        <translation>图像从不以图像形式离开本机：它们被拆分为两个秘密份额，每台服务器一个。</translation>
    </message>
    <message>
        <source>Bring in images</source>
        <translation>导入图像</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新建项目</translation>
    </message>
    <message>
        <source>Choose a folder; it is split here and uploaded as shares.</source>
        <translation>选择一个文件夹；在本机拆分后以份额上传。</translation>
    </message>
    <message>
        <source>Choose data sets, a model and who receives it; all owners consent.</source>
        <translation>选择数据集、模型和接收者；由所有数据所有者同意。</translation>
    </message>
    <message>
        <source>Start the training on the page of the project and watch it here.</source>
        <translation>在项目页面开始训练，并在此查看进度。</translation>
    </message>
    <message>
        <source>1. Bring in images</source>
        <translation>1. 导入图像</translation>
    </message>
    <message>
        <source>2. Make a project</source>
        <translation>2. 创建项目</translation>
    </message>
    <message>
        <source>3. Train</source>
        <translation>3. 训练</translation>
    </message>
</context>
<context>
    <name>TrainingRow</name>
    <message>
        <source>about %1 left</source>
        <translation>约剩 %1</translation>
    </message>
</context>
<context>
    <name>WaitingCard</name>
    <message>
        <source>Waiting for you</source>
        <translation>等待您处理</translation>
    </message>
    <message>
        <source>Decide</source>
        <translation>去处理</translation>
    </message>
    <message numerus="yes">
        <source>%n consent(s) to give or decline</source>
        <translation>
            <numerusform>%n 项同意待决定</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n consent(s) that end soon</source>
        <translation>
            <numerusform>%n 项同意即将到期</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n person(s) to approve</source>
        <translation>
            <numerusform>%n 人待批准</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing: you have decided everything.</source>
        <translation>没有：您已全部处理。</translation>
    </message>
</context>
</TS>
