<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source>Events</source>
        <comment>Call sent</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <comment>Call ended</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <comment>Refused</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <comment>You were asked</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <comment>Decision</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Events</source>
        <comment>Sign-in</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Risk</source>
        <comment>reads only</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Risk</source>
        <comment>makes changes</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Risk</source>
        <comment>not described</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Risk</source>
        <comment>high risk</comment>
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
        <source>No account yet. Connect a server, or add one here.</source>
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
    <name>ActivityPage</name>
    <message>
        <source>Recent activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has happened yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The audit log&apos;s last {count} events.</source>
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
        <source>The name is yours to choose; the address is the server&apos;s MCP URL.</source>
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
        <source>No client yet: make a token on a server&apos;s page.</source>
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
    <message>
        <source>Keyfob has a question</source>
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
    <name>PromptDialog</name>
    <message>
        <source>Keyfob asks</source>
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
        <source>Remove…</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n process(es)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
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
    <name>ServersPage</name>
    <message>
        <source>Add server…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove {server}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clients can no longer reach it through Keyfob. Its account stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
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
        <source>and {count} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Some words here may be meant to steer the model, not to tell you.</source>
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
        <source>Recent activity</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
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
</context>
<context>
    <name>widget</name>
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
</TS>
