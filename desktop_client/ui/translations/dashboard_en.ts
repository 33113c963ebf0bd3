<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>DashboardPage</name>
    <message numerus="yes">
        <source>%n request(s) to approve</source>
        <translation>
            <numerusform>%n request to approve</numerusform>
            <numerusform>%n requests to approve</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n ready to train</source>
        <translation>
            <numerusform>%n ready to train</numerusform>
            <numerusform>%n ready to train</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n failed</source>
        <translation>
            <numerusform>%n failed</numerusform>
            <numerusform>%n failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting or paused</source>
        <translation>
            <numerusform>%n waiting or paused</numerusform>
            <numerusform>%n waiting or paused</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaitingCard</name>
    <message numerus="yes">
        <source>%n consent(s) to give or decline</source>
        <translation>
            <numerusform>%n consent to give or decline</numerusform>
            <numerusform>%n consents to give or decline</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n consent(s) that end soon</source>
        <translation>
            <numerusform>%n consent that ends soon</numerusform>
            <numerusform>%n consents that end soon</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n person(s) to approve</source>
        <translation>
            <numerusform>%n person to approve</numerusform>
            <numerusform>%n people to approve</numerusform>
        </translation>
    </message>
</context>
</TS>
