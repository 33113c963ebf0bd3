<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>OverviewTab</name>
    <message numerus="yes">
        <source>%n data set(s)</source>
        <translation>
            <numerusform>%n data set</numerusform>
            <numerusform>%n data sets</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SigningDialog</name>
    <message numerus="yes">
        <source>You sign that %n of your data sets may be used as written here, and for nothing else.</source>
        <translation>
            <numerusform>You sign that %n of your data sets may be used as written here, and for nothing else.</numerusform>
            <numerusform>You sign that %n of your data sets may be used as written here, and for nothing else.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>You sign that %n of your data sets may not be used; no training starts.</source>
        <translation>
            <numerusform>You sign that %n of your data sets may not be used; no training starts.</numerusform>
            <numerusform>You sign that %n of your data sets may not be used; no training starts.</numerusform>
        </translation>
    </message>
</context>
</TS>
