<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AccessDialog</name>
    <message>
        <source>Let {client} use {server}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It says of itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none: sent without a credential</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With these arguments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long your answer holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>My answer holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>some of its words may be meant to steer the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AccessSwitch</name>
    <message>
        <source>Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{access}: {tool}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AccountDetails</name>
    <message>
        <source>Provider</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signed in at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Used by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renews by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expires</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it may do</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renew now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace the key…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect again…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in again…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AccountList</name>
    <message>
        <source>Accounts</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AccountsPage</name>
    <message>
        <source>No account yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An account is one sign-in or one key that Keyfob holds for you. Several servers may use the same one. Connecting a server makes its account; one of a provider can be added here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add an account…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add account…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect {account}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its key is erased here and, where the issuer offers that, revoked there. Servers that use it need a sign-in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{account} is disconnected.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityChart</name>
    <message>
        <source>Calls and refusals over time</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n refusal(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{calls} and {refusals} since {moment}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{calls} and {refusals} since {moment}; the oldest are not counted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{begin} to {end}: {calls}, {refusals}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No calls in this time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at most {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the oldest are not counted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityDetail</name>
    <message>
        <source>Arguments, secrets hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Request id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Request id, as the client was told</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As it was recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a row to read what happened.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityExport</name>
    <message>
        <source>Hide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verify the log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As JSON lines, which can be verified…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As a table (CSV)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>JSON lines (*.jsonl)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exported {size} to {path}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only what the filters show is in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Following the whole chain…</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The audit log is whole: %n event(s).</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>No line was changed, removed, or cut off behind the last anchor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At {place}: {problem}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The audit log is not whole.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityFilter</name>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A tool&apos;s name; * stands for anything.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any outcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last 24 hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last 7 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last 30 days</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityModel</name>
    <message>
        <source>When</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server and tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ActivityPage</name>
    <message>
        <source>Activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every call through Keyfob is recorded here, before its first byte leaves this computer: who asked, which account was used, who decided, and how it ended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the log…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No event is like that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n event(s) shown; scroll down for older ones.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n event(s), all there are.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>The log is long: scroll down to search further back.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AddServerDialog</name>
    <message>
        <source>Add a server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At an address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A program on this computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search, or paste an address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Catalogue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The catalogue has nothing of that name. Any server works by its address.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Variable for its key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob will run this program. It can do what you can: read and change your files, and use your network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose one that Keyfob knows, or give any server&apos;s MCP address.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Advanced</name>
    <message>
        <source>Resource</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as usual</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>named to it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not named to it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>another one is named</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client proves itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as it says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not at all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by its secret in a header</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by its secret in the form</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by its private key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extra parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one a line, like access_type=offline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bind tokens to a key of this account (DPoP)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It takes PKCE S256 without saying so</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It no longer knows Keyfob: register anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For a sign-in server that differs from others. Leave all this as it is unless its people say so.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClientDialog</name>
    <message>
        <source>A program that was signed by another wants to use Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new program wants to use Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let it in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nobody</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>then it was signed by {signer}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You named it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You will see it under this name. What it may do with your servers is asked separately.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClientsPage</name>
    <message>
        <source>Clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>never</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A revoked client is refused at once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Known by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No client uses Keyfob yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Claude Desktop, Cursor, VS Code and the rest are pointed at Keyfob once, and never see a key. Each has a token of its own, made on a server&apos;s page; a program that launches Keyfob&apos;s bridge is asked about when it first comes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revoke {client}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is refused at once and needs a new token to come back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>program file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{program}, signed by {signer}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pairing, ends {date}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob itself</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClientsRules</name>
    <message>
        <source>Rule</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Access</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove rule</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the rule {rule}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A deny wins over all else; then rules come before a server&apos;s own switches.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No rule yet. An answer that you give for good becomes one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>every client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>every server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the group {group}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tools that say: {words}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>every tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until {moment}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>while the tool stays as it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>always</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try a tool…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No browser could be opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the address instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>your store</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connected. The key is in {store}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was stored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking {server} whether it takes the key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConnectForm</name>
    <message>
        <source>Sign in with the browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in with a code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use an API key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use a service account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This server works without an account.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{way} (suggested)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking the server what it needs…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This server answers without an account.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This server has you sign in at {issuer}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{issuer} signs you in, but registers no programs by itself: it needs an OAuth app of your own, under More.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This server asks for a key, and names nobody who signs you in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not confirmed by the provider.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is known of {provider}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConnectSteps</name>
    <message>
        <source>Connecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No browser window? Open this address yourself:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign-in address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CopyField</name>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>Something in this window went wrong.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your keys and calls are not touched by it. The log has the details.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DevicePage</name>
    <message>
        <source>Your code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter the code here:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scan the picture with your phone, or open the page below in any browser.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The code has run out. Go back and ask for a new one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The code is good for {time} more.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Diagnostics</name>
    <message>
        <source>This desktop shows Keyfob&apos;s icon in its tray.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop has no tray, so the window is all there is of Keyfob.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On GNOME, the extension AppIndicator Support adds one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob starts when you log in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob does not start by itself when you log in; Settings turns it on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close it to others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In order</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Good to know</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DiagnosticsPage</name>
    <message>
        <source>The same is found by `keyfob doctor` in a terminal, with or without a window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text for somebody who helps you; no secret is in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is in order</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at everything…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob could not be examined.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is wrong.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to look at.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Events</name>
    <message>
        <source>Keyfob started</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You were asked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account disconnected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign-in renewed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renewal failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>API document read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server removed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rule added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rule removed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token issued</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client revoked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client asks to pair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client paired</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pairing ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client named</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools wait for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool approved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tool rejected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Configuration edited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Access changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Secrets moved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keychain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Session ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlocked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resumed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log repaired</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Old log removed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log was cut</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Denied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You said no</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You said yes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waited for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FindingRow</name>
    <message>
        <source>{button}: {sentence}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyFile</name>
    <message>
        <source>Choose file…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop the file here, or choose it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read. Its content goes to your secret store and is not shown.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyPanel</name>
    <message>
        <source>Kind of key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make one here:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How to make one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It expires in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Days until it expires</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the server whether it takes the key before it is kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where it is sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent as the headers {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Secret {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>API key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob reminds you in time.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KeyPlace</name>
    <message>
        <source>Sent as</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a header</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a part of the address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>user name and password</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written as</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{key} stands for the key, {username} for the user name.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KindPage</name>
    <message>
        <source>Scopes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>what the server asks for</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LinkRow</name>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open {host}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MoveDialog</name>
    <message>
        <source>Move your secrets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was lost.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} secrets were moved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every secret is written to one file, encrypted with a passphrase of yours, read back and compared, and then erased from the keychain. Keyfob asks for the passphrase at each start; nobody can bring a lost one back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every secret is written to the keychain of this desktop, read back and compared, and then erased from the encrypted file. Unlocking your desktop then unlocks them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move your secrets to an encrypted file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move your secrets to the keychain</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NamingDialog</name>
    <message>
        <source>Name for this program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Keyfob has a question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob needs you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{first}, and {count} more</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>OwnApp</name>
    <message>
        <source>Make the app here:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redirect address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the redirect address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>registered for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private key (PEM or JWK)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has a private key instead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the provider</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make an OAuth app there, for a desktop or native program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give it the redirect address below.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy its client ID, and its secret if it has one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An app of your own at {provider}, which Keyfob signs in with.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PairingDialog</name>
    <message>
        <source>A program wants to pair with Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let it in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the program that registered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your answer goes to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It will reach</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all of your servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let it in only if you have just started this in that program. It gets a token that you can revoke at any time; what it may do with your servers is asked separately.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Choose a passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open your secrets?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody can bring it back: without it the secrets are lost.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PassphraseFields</name>
    <message>
        <source>Passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Once more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At least {count} characters; several words are best.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The two are not the same yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} characters: it will do. Longer is better.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} characters: long, and good so.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PasteField</name>
    <message>
        <source>Address that the browser ended on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in there with the address above. In the end that browser shows a page that cannot be reached: paste its address here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Browser on another machine?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PeerWords</name>
    <message>
        <source>known by the token you gave it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>known by its program file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>known by its program file and who signed it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>known by the token it got when you let it pair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob&apos;s own window or command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connections over HTTP do not tell</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>process {pid}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{process}, started by {chain}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{process}; signed by {signer}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PromptDialog</name>
    <message>
        <source>Keyfob asks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is asked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One more question waits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} more questions wait.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without an answer this closes within a minute, as “not now”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without an answer this closes in {minutes} minutes, as “not now”.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProviderDialog</name>
    <message>
        <source>Add an account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Providers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For a provider without a server of yours: programs and servers that are described by a file can use it. A server&apos;s own account is connected on the server&apos;s page.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QrCode</name>
    <message>
        <source>QR code of the address</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Recent</name>
    <message>
        <source>unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time}  {client}: {outcome}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time}  {client} → {what}: {outcome}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>answered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>denied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not answered by you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waits for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Risk</name>
    <message>
        <source>reads only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>makes changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not described</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>high risk</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScopeList</name>
    <message>
        <source>What the server asks for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only what I tick</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerDetails</name>
    <message>
        <source>Address for clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try a tool…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token for a client…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in again…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n process(es)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Connect…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signed in at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scopes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renews by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expires</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Variables</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Running</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerList</name>
    <message>
        <source>Servers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerToolRow</name>
    <message>
        <source>Review…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Review {tool}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset {tool}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take this tool&apos;s own word back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New: hidden until you approve it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed: hidden until you approve the difference.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You said no to its text: it stays hidden.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By default, see Settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By rule {rule}, see Clients.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By [{table}] in config.toml.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerTools</name>
    <message>
        <source>Whose access</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>every client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the server for its tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking the server for its tools…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something else decides about {tool}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No tool of this server is known yet. A client that lists them, or the button here, makes them known.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No tool has a name like that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n more tool(s).</source>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Access of</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServersPage</name>
    <message>
        <source>Add server…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the server {server}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect {account}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its key is erased here and, where the issuer offers that, revoked there. Servers that use it need a sign-in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The account is disconnected.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServiceKinds</name>
    <message>
        <source>A client of its own (client credentials)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The issuer gives tokens to a program that it knows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private key (PEM or JWK), instead of a secret</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Audience</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the server&apos;s address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>found at the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for a private key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Google service account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A JSON key from Google Cloud, under IAM, Service accounts, Keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>JSON key file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Acts for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nobody but itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GitHub App</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An app that is installed in an organization, with its private key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Private key (.pem)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>App ID or client ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installation ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repositories</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all of the installation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>API address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workload identity (a token in a file)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A platform such as Kubernetes keeps a token fresh in a file; nothing is stored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Used as</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Proof of the client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The grant itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A token to exchange</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your company&apos;s sign-in (enterprise-managed)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your company&apos;s identity provider vouches for you at the server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A file with the token, instead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its token address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client ID there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client ID at the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The token is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A refresh token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An ID token, good until it expires</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A refresh token that buys ID tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client secret there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client secret at the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its issuer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the token address</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServicePanel</name>
    <message>
        <source>Kind of service account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Start Keyfob when I log in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the tray, without its window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools and questions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Audit log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock together with the screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When you lock your screen, Keyfob drops your keys from memory and no call passes until you unlock it. Agents that work while you are away stop: turn this off if they must go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock after a time without calls</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The time starts anew with each call that passes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Never</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A tool that no rule speaks of</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rules, and the switches on a server&apos;s page, come before this.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask me</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New and changed tools wait for my approval</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server that changes what a tool says of itself could mislead a client. Until you approve the difference, clients neither see nor call that tool.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long a call waits for my answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Then it ends with a link; the question stays, and your answer serves the same call made again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show clients a search in place of long tool lists</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where all servers together have more tools than this.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A session ends after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its client begins a new one by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An unused session ends after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counted from its last request.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sessions of one client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With one more, the one that was not used for longest ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the log for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Older files are removed as a whole; what is left can be verified.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Beyond that the oldest files are removed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> MiB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send a copy to a syslog server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The log itself never waits for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>local, or udp://HOST:PORT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port for clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On this computer only; from Keyfob&apos;s next start on. 0 takes a free one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>system, none, or a proxy&apos;s address without a password.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait for slow servers when tools are listed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A client that lists all servers gets the others meanwhile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A larger one is refused before it is read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your client ID metadata document</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only if you publish one: servers that take it need no registration.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Unlock…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move my secrets…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every client may then call every tool that no rule speaks of, and you are not asked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server may then change what its tools say and do, and your clients follow it without your knowing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One file, encrypted with your passphrase.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keychain of this desktop, unlocked with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where your secrets are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of this stands in config.toml, which you may edit by hand.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SignInDialog</name>
    <message>
        <source>Let {account} do more at {server}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in to {server}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in for more…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wanted by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the account may do</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asked for on top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has these already</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SignInPanel</name>
    <message>
        <source>What it may do</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Further scopes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>what the server asks for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob shows a code, which you enter in any browser, here or on your phone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your browser opens the server&apos;s own sign-in page.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>needed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Standing</name>
    <message>
        <source>Keyfob is paused: no call passes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have locked Keyfob.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob was locked after a time without calls.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob is paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob: all is well</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob: renewing a sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob needs you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob cannot reach its keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>config.toml was edited and waits for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{client} asks to use {server}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{server} asks for more rights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{server} waits for a sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new program asks to use Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A program asks to pair with Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A command asks to allow more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{server} has tools that you have not seen yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{server} has changed its tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your secrets wait for their passphrase</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A call waits for Keyfob to be unlocked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your keys are in {store}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{store} is locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop has no keychain that Keyfob can use.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{store} does not answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file with your secrets is gone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the older one…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin a new one…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Renewing the sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign-in has ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not working</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs no account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>browser sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sign-in with a code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>API key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>service account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>just this once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for this session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until Keyfob is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for one hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for eight hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>always, until changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The account {account} needs a sign-in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The account {account} is not working</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key of {account} has expired</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key of {account} expires within a day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key of {account} expires in {days} days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in to {server} again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{server} is not working</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Story</name>
    <message>
        <source>{tool} of {server}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You were asked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{decision}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{decision}, {lasts}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent to {server}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent to {server} as {account}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{event}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{event}: {outcome}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Known by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Account</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decided by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Came by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HTTP status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reason</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rule</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Times</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Digest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server answered ({status}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server answered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The client did not wait for the answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It failed: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server answered with an error ({status}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It failed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The call ended while the question stayed open: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refused: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>just this once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for this session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until Keyfob is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for some hours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>always</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TokenDialog</name>
    <message>
        <source>Token for a client</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Client&apos;s name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It cannot send a header: put the token into the address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token, sent as “Authorization: Bearer …”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With a token a program uses Keyfob under the name you give it here. Each program gets its own, so that you can revoke one alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy it now: it is shown this once and cannot be read again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolChangeDialog</name>
    <message>
        <source>{server} has changed its tools. Approve them as they are now?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Approve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Until you answer, your programs neither see nor call them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Approved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolDialog</name>
    <message>
        <source>Try a tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the tool says of itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking the server for its tools…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This server offers no tools.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not JSON yet: line {line}, column {column}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arguments are one JSON object, like {}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calling…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server saw you as {identity}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server answered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tool reports an error. {words}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try a tool of {server}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A real call through the relay, as any client would make it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolListDialog</name>
    <message>
        <source>Let programs use the {count} tools of {server}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Approve all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refuse all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Approved tools are shown to your programs; whether one may call a tool is still asked. A tool that changes later is hidden until you approve the change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It says nothing of itself.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolPrompts</name>
    <message>
        <source>says that it only reads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>may destroy something</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reaches the outside world</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>says that a repetition changes nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This tool was not there when you approved the others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This tool has changed since you approved it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ToolsDialog</name>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About the chosen tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some words here may be meant to steer the model, not to tell you.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show all activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {state}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} ({person}): {state}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} more…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock Keyfob</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock Keyfob…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let calls pass again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause all calls</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UndoBanner</name>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removed {what}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UnlockDialog</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with the older file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Better put the newer file back, if you have it. In the older one, a token that was renewed since has ended, and its account asks you to sign in again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use the older one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin a new file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Better put the file back, if you have it. A new one is empty, and every account asks you to sign in again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin a new one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock your secrets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They stay open until Keyfob ends. The passphrase is kept nowhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UnlockPromptDialog</name>
    <message>
        <source>Unlock Keyfob?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calls pass again then, each as your rules and answers say.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Add your first server…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keyfob holds the keys for your MCP servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a server by its name and address.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect it: sign in with your browser, once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point your MCP clients at Keyfob. They never see the key.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WideningDialog</name>
    <message>
        <source>Allow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asked for by a command on this computer.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Where Keyfob listens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Servers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your desktop shows no tray, so this window is all there is of Keyfob.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Closing it asks whether to quit; starting Keyfob again brings it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit Keyfob?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your desktop has no tray to go to. While Keyfob is not running, your MCP clients cannot use it; minimise the window instead to keep it at work.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listens at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not listening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients cannot reach Keyfob now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your keys are out of memory, and no client gets anything until you unlock.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients are told so. Sign-ins are renewed all the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>config.toml was edited by hand. What allows more waits for your yes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A question waits for your answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} questions wait for your answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a new one, then replace it here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
