<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>AboutStep</name>
    <message numerus="yes">
        <source>%n character(s) left.</source>
        <translation>
            <numerusform>%n character left.</numerusform>
            <numerusform>%n characters left.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DataStep</name>
    <message numerus="yes">
        <source>%n data set(s)</source>
        <translation>
            <numerusform>%n data set</numerusform>
            <numerusform>%n data sets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n owner(s)</source>
        <translation>
            <numerusform>%n owner</numerusform>
            <numerusform>%n owners</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SignedCard</name>
    <message numerus="yes">
        <source>%n image(s) mixed</source>
        <translation>
            <numerusform>no mixing</numerusform>
            <numerusform>%n images mixed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WizardPage</name>
    <message numerus="yes">
        <source>You have consented for %n data set(s).</source>
        <translation>
            <numerusform>You have consented for %n data set.</numerusform>
            <numerusform>You have consented for %n data sets.</numerusform>
        </translation>
    </message>
</context>
</TS>
