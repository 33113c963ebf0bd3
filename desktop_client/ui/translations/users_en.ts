<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>UsersPage</name>
    <message numerus="yes">
        <source>%n document(s) carried over; all nodes are in step.</source>
        <translation>
            <numerusform>%n document carried over; all nodes are in step.</numerusform>
            <numerusform>%n documents carried over; all nodes are in step.</numerusform>
        </translation>
    </message>
</context>
</TS>
