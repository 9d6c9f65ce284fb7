<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>ActivityChart</name>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation>
            <numerusform>%n call</numerusform>
            <numerusform>%n calls</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n refusal(s)</source>
        <translation>
            <numerusform>%n refusal</numerusform>
            <numerusform>%n refusals</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ActivityExport</name>
    <message numerus="yes">
        <source>The audit log is whole: %n event(s).</source>
        <translation>
            <numerusform>The audit log is whole: %n event.</numerusform>
            <numerusform>The audit log is whole: %n events.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ActivityPage</name>
    <message numerus="yes">
        <source>%n event(s) shown; scroll down for older ones.</source>
        <translation>
            <numerusform>%n event shown; scroll down for older ones.</numerusform>
            <numerusform>%n events shown; scroll down for older ones.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n event(s), all there are.</source>
        <translation>
            <numerusform>%n event, all there is.</numerusform>
            <numerusform>%n events, all there are.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DiagnosticsPage</name>
    <message numerus="yes">
        <source>%n thing(s) to look at.</source>
        <translation>
            <numerusform>%n thing to look at.</numerusform>
            <numerusform>%n things to look at.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ServerDetails</name>
    <message numerus="yes">
        <source>%n process(es)</source>
        <translation>
            <numerusform>%n process</numerusform>
            <numerusform>%n processes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ServerTools</name>
    <message numerus="yes">
        <source>%n more tool(s).</source>
        <translation>
            <numerusform>%n more tool.</numerusform>
            <numerusform>%n more tools.</numerusform>
        </translation>
    </message>
</context>
</TS>
