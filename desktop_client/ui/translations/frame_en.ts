<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>MainWindow</name>
    <message numerus="yes">
        <source>%n task(s) still run. Close anyway?</source>
        <translation>
            <numerusform>%n task still runs. Close anyway?</numerusform>
            <numerusform>%n tasks still run. Close anyway?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n task(s) still run. Log out anyway?</source>
        <translation><numerusform>%n task still runs. Log out anyway?</numerusform><numerusform>%n tasks still run. Log out anyway?</numerusform></translation>
    </message>
</context>
<context>
    <name>Topbar</name>
    <message numerus="yes">
        <source>%n running</source>
        <translation>
            <numerusform>%n running</numerusform>
            <numerusform>%n running</numerusform>
        </translation>
    </message>
</context>
</TS>
