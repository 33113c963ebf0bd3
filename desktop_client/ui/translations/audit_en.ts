<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>AuditPage</name>
    <message numerus="yes">
        <source>Last %n day(s)</source>
        <translation><numerusform>Last %n day</numerusform><numerusform>Last %n days</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n entries</source>
        <translation><numerusform>%n entry</numerusform><numerusform>%n entries</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n entries were checked and written. A page in the file says how to check them again.</source>
        <translation><numerusform>%n entry was checked and written. A page in the file says how to check it again.</numerusform><numerusform>%n entries were checked and written. A page in the file says how to check them again.</numerusform></translation>
    </message>
</context>
</TS>
