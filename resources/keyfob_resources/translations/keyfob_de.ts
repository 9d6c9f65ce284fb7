<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AccessDialog</name>
    <message>
        <source>Let {client} use {server}?</source>
        <translation>Darf {client} den Server {server} verwenden?</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation>Nennt sich</translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation>eigene Angabe, ungeprüft</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>Werkzeug</translation>
    </message>
    <message>
        <source>It says of itself</source>
        <translation>Eigene Beschreibung</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>none: sent without a credential</source>
        <translation>keines: ohne Zugangsdaten gesendet</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>Argumente</translation>
    </message>
    <message>
        <source>With these arguments</source>
        <translation>Mit diesen Argumenten</translation>
    </message>
    <message>
        <source>How long your answer holds</source>
        <translation>Wie lange Ihre Antwort gilt</translation>
    </message>
    <message>
        <source>My answer holds</source>
        <translation>Meine Antwort gilt</translation>
    </message>
    <message>
        <source>some of its words may be meant to steer the model</source>
        <translation>manche Wörter darin könnten das Modell lenken sollen</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>keine Angabe</translation>
    </message>
</context>
<context>
    <name>AccessSwitch</name>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>Fragen</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>{access}: {tool}</source>
        <translation>{access}: {tool}</translation>
    </message>
</context>
<context>
    <name>AccountDetails</name>
    <message>
        <source>Provider</source>
        <translation>Anbieter</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Signed in at</source>
        <translation>Angemeldet bei</translation>
    </message>
    <message>
        <source>Used by</source>
        <translation>Verwendet von</translation>
    </message>
    <message>
        <source>Renews by</source>
        <translation>Wird erneuert bis</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Läuft ab am</translation>
    </message>
    <message>
        <source>What it may do</source>
        <translation>Was es darf</translation>
    </message>
    <message>
        <source>Connect…</source>
        <translation>Verbinden…</translation>
    </message>
    <message>
        <source>Renew now</source>
        <translation>Jetzt erneuern</translation>
    </message>
    <message>
        <source>Disconnect…</source>
        <translation>Trennen…</translation>
    </message>
    <message>
        <source>no server</source>
        <translation>keinem Server</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
</context>
<context>
    <name>AccountList</name>
    <message>
        <source>Accounts</source>
        <translation>Konten</translation>
    </message>
</context>
<context>
    <name>AccountsPage</name>
    <message>
        <source>No account yet</source>
        <translation>Noch kein Konto</translation>
    </message>
    <message>
        <source>An account is one sign-in or one key that Keyfob holds for you. Several servers may use the same one. Connecting a server makes its account; one of a provider can be added here.</source>
        <translation>Ein Konto ist eine Anmeldung oder ein Schlüssel, den Keyfob für Sie aufbewahrt. Mehrere Server können dasselbe Konto verwenden. Beim Verbinden eines Servers entsteht sein Konto; das Konto eines Anbieters lässt sich hier hinzufügen.</translation>
    </message>
    <message>
        <source>Add an account…</source>
        <translation>Konto hinzufügen…</translation>
    </message>
    <message>
        <source>Add account…</source>
        <translation>Konto hinzufügen…</translation>
    </message>
    <message>
        <source>Disconnect {account}?</source>
        <translation>{account} trennen?</translation>
    </message>
    <message>
        <source>Its key is erased here and, where the issuer offers that, revoked there. Servers that use it need a sign-in.</source>
        <translation>Der Schlüssel wird hier gelöscht und, wo der Aussteller das anbietet, dort widerrufen. Server, die das Konto verwenden, brauchen dann eine Anmeldung.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
    </message>
    <message>
        <source>{account} is disconnected.</source>
        <translation>{account} ist getrennt.</translation>
    </message>
</context>
<context>
    <name>ActivityChart</name>
    <message>
        <source>Calls and refusals over time</source>
        <translation>Aufrufe und Ablehnungen im Zeitverlauf</translation>
    </message>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation>
            <numerusform>%n Aufruf</numerusform>
            <numerusform>%n Aufrufe</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n refusal(s)</source>
        <translation>
            <numerusform>%n Ablehnung</numerusform>
            <numerusform>%n Ablehnungen</numerusform>
        </translation>
    </message>
    <message>
        <source>{calls} and {refusals} since {moment}</source>
        <translation>{calls} und {refusals} seit {moment}</translation>
    </message>
    <message>
        <source>{calls} and {refusals} since {moment}; the oldest are not counted</source>
        <translation>{calls} und {refusals} seit {moment}; die ältesten sind nicht mitgezählt</translation>
    </message>
    <message>
        <source>{begin} to {end}: {calls}, {refusals}</source>
        <translation>{begin} bis {end}: {calls}, {refusals}</translation>
    </message>
    <message>
        <source>No calls in this time.</source>
        <translation>Keine Aufrufe in dieser Zeit.</translation>
    </message>
    <message>
        <source>at most {count}</source>
        <translation>höchstens {count}</translation>
    </message>
    <message>
        <source>the oldest are not counted</source>
        <translation>die ältesten sind nicht mitgezählt</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
</context>
<context>
    <name>ActivityDetail</name>
    <message>
        <source>Arguments, secrets hidden</source>
        <translation>Argumente, Geheimnisse verborgen</translation>
    </message>
    <message>
        <source>Request id</source>
        <translation>Anfrage-ID</translation>
    </message>
    <message>
        <source>Request id, as the client was told</source>
        <translation>Anfrage-ID, wie dem Client mitgeteilt</translation>
    </message>
    <message>
        <source>As it was recorded</source>
        <translation>So wurde es aufgezeichnet</translation>
    </message>
    <message>
        <source>Choose a row to read what happened.</source>
        <translation>Wählen Sie eine Zeile, um zu lesen, was geschehen ist.</translation>
    </message>
</context>
<context>
    <name>ActivityExport</name>
    <message>
        <source>Hide</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>Verify the log</source>
        <translation>Protokoll prüfen</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>As JSON lines, which can be verified…</source>
        <translation>Als JSON-Zeilen, die sich prüfen lassen…</translation>
    </message>
    <message>
        <source>As a table (CSV)…</source>
        <translation>Als Tabelle (CSV)…</translation>
    </message>
    <message>
        <source>Export activity</source>
        <translation>Aktivität exportieren</translation>
    </message>
    <message>
        <source>JSON lines (*.jsonl)</source>
        <translation>JSON-Zeilen (*.jsonl)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>Tabelle (*.csv)</translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation>Wird exportiert…</translation>
    </message>
    <message>
        <source>Exported {size} to {path}.</source>
        <translation>{size} nach {path} exportiert.</translation>
    </message>
    <message>
        <source>Only what the filters show is in it.</source>
        <translation>Enthalten ist nur, was die Filter zeigen.</translation>
    </message>
    <message>
        <source>Following the whole chain…</source>
        <translation>Die ganze Kette wird geprüft…</translation>
    </message>
    <message numerus="yes">
        <source>The audit log is whole: %n event(s).</source>
        <translation>
            <numerusform>Das Protokoll ist vollständig: %n Ereignis.</numerusform>
            <numerusform>Das Protokoll ist vollständig: %n Ereignisse.</numerusform>
        </translation>
    </message>
    <message>
        <source>No line was changed, removed, or cut off behind the last anchor.</source>
        <translation>Keine Zeile wurde geändert, entfernt oder hinter dem letzten Anker abgeschnitten.</translation>
    </message>
    <message>
        <source>At {place}: {problem}</source>
        <translation>Bei {place}: {problem}</translation>
    </message>
    <message>
        <source>The audit log is not whole.</source>
        <translation>Das Protokoll ist nicht vollständig.</translation>
    </message>
</context>
<context>
    <name>ActivityFilter</name>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>Protokoll durchsuchen</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>Werkzeug</translation>
    </message>
    <message>
        <source>Any tool</source>
        <translation>Alle Werkzeuge</translation>
    </message>
    <message>
        <source>A tool&apos;s name; * stands for anything.</source>
        <translation>Name eines Werkzeugs; * steht für Beliebiges.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Any client</source>
        <translation>Alle Clients</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Any server</source>
        <translation>Alle Server</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>Any account</source>
        <translation>Alle Konten</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Any outcome</source>
        <translation>Alle Ergebnisse</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeitraum</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>Gesamter Zeitraum</translation>
    </message>
    <message>
        <source>The last hour</source>
        <translation>Letzte Stunde</translation>
    </message>
    <message>
        <source>The last 24 hours</source>
        <translation>Letzte 24 Stunden</translation>
    </message>
    <message>
        <source>The last 7 days</source>
        <translation>Letzte 7 Tage</translation>
    </message>
    <message>
        <source>The last 30 days</source>
        <translation>Letzte 30 Tage</translation>
    </message>
</context>
<context>
    <name>ActivityModel</name>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Server and tool</source>
        <translation>Server und Werkzeug</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Ergebnis</translation>
    </message>
</context>
<context>
    <name>ActivityPage</name>
    <message>
        <source>Activity</source>
        <translation>Aktivität</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>Noch ist nichts geschehen</translation>
    </message>
    <message>
        <source>Every call through Keyfob is recorded here, before its first byte leaves this computer: who asked, which account was used, who decided, and how it ended.</source>
        <translation>Jeder Aufruf über Keyfob wird hier aufgezeichnet, bevor sein erstes Byte diesen Computer verlässt: wer gefragt hat, welches Konto verwendet wurde, wer entschieden hat und wie es ausging.</translation>
    </message>
    <message>
        <source>Reading the log…</source>
        <translation>Protokoll wird gelesen…</translation>
    </message>
    <message>
        <source>No event is like that.</source>
        <translation>Kein Ereignis passt dazu.</translation>
    </message>
    <message numerus="yes">
        <source>%n event(s) shown; scroll down for older ones.</source>
        <translation>
            <numerusform>%n Ereignis angezeigt; nach unten scrollen für ältere.</numerusform>
            <numerusform>%n Ereignisse angezeigt; nach unten scrollen für ältere.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n event(s), all there are.</source>
        <translation>
            <numerusform>%n Ereignis, mehr gibt es nicht.</numerusform>
            <numerusform>%n Ereignisse, mehr gibt es nicht.</numerusform>
        </translation>
    </message>
    <message>
        <source>The log is long: scroll down to search further back.</source>
        <translation>Das Protokoll ist lang: nach unten scrollen, um weiter zurück zu suchen.</translation>
    </message>
</context>
<context>
    <name>AddServerDialog</name>
    <message>
        <source>Add a server</source>
        <translation>Server hinzufügen</translation>
    </message>
    <message>
        <source>At an address</source>
        <translation>Unter einer Adresse</translation>
    </message>
    <message>
        <source>A program on this computer</source>
        <translation>Ein Programm auf diesem Computer</translation>
    </message>
    <message>
        <source>Search, or paste an address</source>
        <translation>Suchen oder eine Adresse einfügen</translation>
    </message>
    <message>
        <source>Catalogue</source>
        <translation>Katalog</translation>
    </message>
    <message>
        <source>The catalogue has nothing of that name. Any server works by its address.</source>
        <translation>Der Katalog enthält nichts unter diesem Namen. Jeder Server lässt sich über seine Adresse hinzufügen.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Variable for its key</source>
        <translation>Variable für den Schlüssel</translation>
    </message>
    <message>
        <source>Keyfob will run this program. It can do what you can: read and change your files, and use your network.</source>
        <translation>Keyfob wird dieses Programm ausführen. Es kann, was Sie können: Ihre Dateien lesen und ändern und Ihr Netzwerk verwenden.</translation>
    </message>
    <message>
        <source>Add server</source>
        <translation>Server hinzufügen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Choose one that Keyfob knows, or give any server&apos;s MCP address.</source>
        <translation>Wählen Sie einen, den Keyfob kennt, oder geben Sie die MCP-Adresse eines beliebigen Servers an.</translation>
    </message>
</context>
<context>
    <name>Advanced</name>
    <message>
        <source>Resource</source>
        <translation>Ressource</translation>
    </message>
    <message>
        <source>as usual</source>
        <translation>wie üblich</translation>
    </message>
    <message>
        <source>named to it</source>
        <translation>wird genannt</translation>
    </message>
    <message>
        <source>not named to it</source>
        <translation>wird nicht genannt</translation>
    </message>
    <message>
        <source>another one is named</source>
        <translation>eine andere wird genannt</translation>
    </message>
    <message>
        <source>Its address</source>
        <translation>Deren Adresse</translation>
    </message>
    <message>
        <source>Client proves itself</source>
        <translation>Client weist sich aus</translation>
    </message>
    <message>
        <source>as it says</source>
        <translation>wie der Server es angibt</translation>
    </message>
    <message>
        <source>not at all</source>
        <translation>gar nicht</translation>
    </message>
    <message>
        <source>by its secret in a header</source>
        <translation>mit seinem Geheimnis in einem Header</translation>
    </message>
    <message>
        <source>by its secret in the form</source>
        <translation>mit seinem Geheimnis im Formular</translation>
    </message>
    <message>
        <source>by its private key</source>
        <translation>mit seinem privaten Schlüssel</translation>
    </message>
    <message>
        <source>Extra parameters</source>
        <translation>Weitere Parameter</translation>
    </message>
    <message>
        <source>one a line, like access_type=offline</source>
        <translation>einer je Zeile, etwa access_type=offline</translation>
    </message>
    <message>
        <source>Bind tokens to a key of this account (DPoP)</source>
        <translation>Tokens an einen Schlüssel dieses Kontos binden (DPoP)</translation>
    </message>
    <message>
        <source>It takes PKCE S256 without saying so</source>
        <translation>Anmeldeserver nimmt PKCE S256, ohne es anzugeben</translation>
    </message>
    <message>
        <source>It no longer knows Keyfob: register anew</source>
        <translation>Anmeldeserver kennt Keyfob nicht mehr: neu registrieren</translation>
    </message>
    <message>
        <source>For a sign-in server that differs from others. Leave all this as it is unless its people say so.</source>
        <translation>Für einen Anmeldeserver, der von anderen abweicht. Lassen Sie alles hier unverändert, sofern dessen Betreiber nichts anderes sagt.</translation>
    </message>
</context>
<context>
    <name>ClientDialog</name>
    <message>
        <source>A program that was signed by another wants to use Keyfob</source>
        <translation>Ein Programm mit anderer Signatur möchte Keyfob verwenden</translation>
    </message>
    <message>
        <source>A new program wants to use Keyfob</source>
        <translation>Ein neues Programm möchte Keyfob verwenden</translation>
    </message>
    <message>
        <source>Let it in</source>
        <translation>Zulassen</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation>Nennt sich</translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation>eigene Angabe, ungeprüft</translation>
    </message>
    <message>
        <source>nobody</source>
        <translation>niemandem</translation>
    </message>
    <message>
        <source>then it was signed by {signer}</source>
        <translation>damals signiert von {signer}</translation>
    </message>
    <message>
        <source>You named it</source>
        <translation>Bisheriger Name</translation>
    </message>
    <message>
        <source>You will see it under this name. What it may do with your servers is asked separately.</source>
        <translation>Sie werden es unter diesem Namen sehen. Was es mit Ihren Servern tun darf, wird gesondert gefragt.</translation>
    </message>
</context>
<context>
    <name>ClientWizard</name>
    <message>
        <source>Your clients</source>
        <translation>Ihre Clients</translation>
    </message>
    <message>
        <source>Clients on this computer</source>
        <translation>Clients auf diesem Computer</translation>
    </message>
    <message>
        <source>What would be written and moved</source>
        <translation>Was geschrieben und übernommen würde</translation>
    </message>
    <message>
        <source>No MCP client was found on this computer</source>
        <translation>Auf diesem Rechner wurde kein MCP-Client gefunden</translation>
    </message>
    <message>
        <source>One that Keyfob does not know takes a token, made on a server&apos;s page, or is added by clients.toml beside the configuration.</source>
        <translation>Einer, den Keyfob nicht kennt, nimmt ein Token von der Seite eines Servers, oder er wird in clients.toml neben der Konfiguration ergänzt.</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Move secrets</source>
        <translation>Geheimnisse übernehmen</translation>
    </message>
    <message>
        <source>Take out</source>
        <translation>Herausnehmen</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>Zurücklegen</translation>
    </message>
    <message>
        <source>Erase the tokens that mcp-remote and fastmcp keep in files, too</source>
        <translation>Auch die Token löschen, die mcp-remote und fastmcp in Dateien ablegen</translation>
    </message>
    <message>
        <source>Move and connect all</source>
        <translation>Alle übernehmen und verbinden</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Looking for clients on this computer…</source>
        <translation>Clients auf diesem Computer werden gesucht…</translation>
    </message>
    <message>
        <source>{client} · connected</source>
        <translation>{client} · verbunden</translation>
    </message>
    <message>
        <source>{client} · to repair</source>
        <translation>{client} · zu reparieren</translation>
    </message>
    <message>
        <source>{client} · secrets: {count}</source>
        <translation>{client} · Geheimnisse: {count}</translation>
    </message>
    <message>
        <source>{some} and {last}</source>
        <translation>{some} und {last}</translation>
    </message>
    <message>
        <source>Found here: {clients}.</source>
        <translation>Hier gefunden: {clients}.</translation>
    </message>
    <message>
        <source>{found} No secret lies in their files.</source>
        <translation>{found} In ihren Dateien liegt kein Geheimnis.</translation>
    </message>
    <message>
        <source>{found} Secrets that lie in plain text in their files: {count}.</source>
        <translation>{found} Geheimnisse, die im Klartext in ihren Dateien liegen: {count}.</translation>
    </message>
    <message>
        <source>Move them into your keychain, and route these clients through Keyfob?</source>
        <translation>In den Schlüsselbund übernehmen und diese Clients über Keyfob leiten?</translation>
    </message>
    <message>
        <source>not connected</source>
        <translation>nicht verbunden</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>verbunden</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry was changed</source>
        <translation>Keyfobs Eintrag wurde geändert</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry is gone</source>
        <translation>Keyfobs Eintrag ist weg</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry leads where it was before</source>
        <translation>Keyfobs Eintrag führt dorthin, wo es früher war</translation>
    </message>
    <message>
        <source>its token was revoked</source>
        <translation>sein Token wurde widerrufen</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>{words}, last seen {when}</source>
        <translation>{words}, zuletzt gesehen {when}</translation>
    </message>
    <message>
        <source>{name} moves into Keyfob: {address}</source>
        <translation>{name} kommt zu Keyfob: {address}</translation>
    </message>
    <message>
        <source>{name} stays: {reason}</source>
        <translation>{name} bleibt: {reason}</translation>
    </message>
    <message>
        <source>{program} keeps tokens in {path}</source>
        <translation>{program} legt Token ab in {path}</translation>
    </message>
    <message>
        <source>Connect all</source>
        <translation>Alle verbinden</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparieren</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry is written. Restart {client}, so that it reads it.</source>
        <translation>Keyfobs Eintrag ist geschrieben. Starten Sie {client} neu, damit er gelesen wird.</translation>
    </message>
    <message>
        <source>These stay as they were: {servers}</source>
        <translation>Diese bleiben, wie sie waren: {servers}</translation>
    </message>
    <message>
        <source>Moved into Keyfob: {servers}. Restart {client}.</source>
        <translation>Zu Keyfob übernommen: {servers}. Starten Sie {client} neu.</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>{client} has its servers back as they were, secrets and all.</source>
        <translation>{client} hat seine Server zurück, wie sie waren, samt Geheimnissen.</translation>
    </message>
    <message>
        <source>Put the servers back into {client}?</source>
        <translation>Die Server in {client} zurücklegen?</translation>
    </message>
    <message>
        <source>Its files get what was moved out of them, with the secrets in plain text, and lose Keyfob&apos;s entry. The servers stay in Keyfob as well.</source>
        <translation>Seine Dateien erhalten, was herausgenommen wurde, mit den Geheimnissen im Klartext, und verlieren Keyfobs Eintrag. Die Server bleiben auch in Keyfob.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry is taken out of {client}, and its token is revoked.</source>
        <translation>Keyfobs Eintrag ist aus {client} herausgenommen und sein Token widerrufen.</translation>
    </message>
    <message>
        <source>Point your clients at Keyfob</source>
        <translation>Ihre Clients auf Keyfob richten</translation>
    </message>
</context>
<context>
    <name>ClientsPage</name>
    <message>
        <source>Clients</source>
        <translation>Clients</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>Zugang entziehen…</translation>
    </message>
    <message>
        <source>Claude Desktop, Cursor, VS Code and the rest are pointed at Keyfob once, and never see a key. Keyfob finds them here, writes its entry into their files, and moves the keys that lie there into your keychain. A client it does not know takes a token, made on a server&apos;s page.</source>
        <translation>Claude Desktop, Cursor, VS Code und die anderen werden einmal auf Keyfob gerichtet und sehen nie einen Schlüssel. Keyfob findet sie hier, schreibt seinen Eintrag in ihre Dateien und übernimmt die Schlüssel, die dort liegen, in Ihren Schlüsselbund. Ein Client, den es nicht kennt, nimmt ein Token, das auf der Seite eines Servers erstellt wird.</translation>
    </message>
    <message>
        <source>Connect your clients…</source>
        <translation>Ihre Clients verbinden…</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>A revoked client is refused at once.</source>
        <translation>Ein Client ohne Zugang wird sofort abgelehnt.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Known by</source>
        <translation>Erkannt an</translation>
    </message>
    <message>
        <source>Only for</source>
        <translation>Nur für</translation>
    </message>
    <message>
        <source>Entry</source>
        <translation>Eintrag</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>Repair…</source>
        <translation>Reparieren…</translation>
    </message>
    <message>
        <source>Connect clients…</source>
        <translation>Clients verbinden…</translation>
    </message>
    <message>
        <source>No client uses Keyfob yet</source>
        <translation>Bisher verwendet kein Client Keyfob</translation>
    </message>
    <message>
        <source>stands</source>
        <translation>besteht</translation>
    </message>
    <message>
        <source>was changed</source>
        <translation>wurde geändert</translation>
    </message>
    <message>
        <source>is gone</source>
        <translation>ist weg</translation>
    </message>
    <message>
        <source>leads elsewhere</source>
        <translation>führt woandershin</translation>
    </message>
    <message>
        <source>token revoked</source>
        <translation>Token widerrufen</translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>nicht lesbar</translation>
    </message>
    <message>
        <source>An entry is no longer as Keyfob wrote it: choose the client and repair it.</source>
        <translation>Ein Eintrag ist nicht mehr, wie Keyfob ihn schrieb: Client wählen und reparieren.</translation>
    </message>
    <message>
        <source>Revoke {client}?</source>
        <translation>{client} den Zugang entziehen?</translation>
    </message>
    <message>
        <source>It is refused at once and needs a new token to come back.</source>
        <translation>Der Client wird sofort abgelehnt und braucht ein neues Token, um wiederzukommen.</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Zugang entziehen</translation>
    </message>
    <message>
        <source>token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>program file</source>
        <translation>Programmdatei</translation>
    </message>
    <message>
        <source>{program}, signed by {signer}</source>
        <translation>{program}, signiert von {signer}</translation>
    </message>
    <message>
        <source>pairing, ends {date}</source>
        <translation>Kopplung, endet am {date}</translation>
    </message>
    <message>
        <source>Keyfob itself</source>
        <translation>Keyfob selbst</translation>
    </message>
</context>
<context>
    <name>ClientsRules</name>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Access</source>
        <translation>Zugriff</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>Werkzeug</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>Gilt</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>Remove rule</source>
        <translation>Regel entfernen</translation>
    </message>
    <message>
        <source>the rule {rule}</source>
        <translation>Regel {rule}</translation>
    </message>
    <message>
        <source>A deny wins over all else; then rules come before a server&apos;s own switches.</source>
        <translation>„Abgelehnt“ geht allem vor; danach kommen Regeln vor den Schaltern eines Servers.</translation>
    </message>
    <message>
        <source>No rule yet. An answer that you give for good becomes one.</source>
        <translation>Noch keine Regel. Eine Antwort, die Sie auf Dauer geben, wird zu einer.</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>erlaubt</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>fragt</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>every client</source>
        <translation>alle Clients</translation>
    </message>
    <message>
        <source>every server</source>
        <translation>alle Server</translation>
    </message>
    <message>
        <source>the group {group}</source>
        <translation>die Gruppe {group}</translation>
    </message>
    <message>
        <source>tools that say: {words}</source>
        <translation>Werkzeuge mit der Angabe: {words}</translation>
    </message>
    <message>
        <source>every tool</source>
        <translation>alle Werkzeuge</translation>
    </message>
    <message>
        <source>until {moment}</source>
        <translation>bis {moment}</translation>
    </message>
    <message>
        <source>while the tool stays as it is</source>
        <translation>solange das Werkzeug unverändert bleibt</translation>
    </message>
    <message>
        <source>always</source>
        <translation>immer</translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Try a tool…</source>
        <translation>Werkzeug ausprobieren…</translation>
    </message>
    <message>
        <source>No browser could be opened.</source>
        <translation>Es konnte kein Browser geöffnet werden.</translation>
    </message>
    <message>
        <source>Copy the address instead.</source>
        <translation>Kopieren Sie stattdessen die Adresse.</translation>
    </message>
    <message>
        <source>your store</source>
        <translation>Ihr Speicher</translation>
    </message>
    <message>
        <source>Connected. The key is in {store}.</source>
        <translation>Verbunden. Der Schlüssel liegt hier: {store}.</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Nothing was stored.</source>
        <translation>Nichts wurde gespeichert.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Asking {server} whether it takes the key.</source>
        <translation>{server} wird gefragt, ob der Schlüssel angenommen wird.</translation>
    </message>
    <message>
        <source>Connect {name}</source>
        <translation>{name} verbinden</translation>
    </message>
</context>
<context>
    <name>ConnectForm</name>
    <message>
        <source>Sign in with the browser</source>
        <translation>Im Browser anmelden</translation>
    </message>
    <message>
        <source>Sign in with a code</source>
        <translation>Mit einem Code anmelden</translation>
    </message>
    <message>
        <source>Use an API key</source>
        <translation>API-Schlüssel verwenden</translation>
    </message>
    <message>
        <source>Use a service account</source>
        <translation>Dienstkonto verwenden</translation>
    </message>
    <message>
        <source>This server works without an account.</source>
        <translation>Dieser Server funktioniert ohne Konto.</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>Account name</source>
        <translation>Name des Kontos</translation>
    </message>
    <message>
        <source>{way} (suggested)</source>
        <translation>{way} (empfohlen)</translation>
    </message>
    <message>
        <source>Asking the server what it needs…</source>
        <translation>Server wird gefragt, was er braucht…</translation>
    </message>
    <message>
        <source>This server answers without an account: clients can use it as it is. Connect one only where it gives more to those who sign in.</source>
        <translation>Dieser Server antwortet ohne Konto: Clients können ihn nutzen, wie er ist. Verbinden Sie eines nur, wenn er Angemeldeten mehr bietet.</translation>
    </message>
    <message>
        <source>This server has you sign in at {issuer}.</source>
        <translation>Bei diesem Server melden Sie sich über {issuer} an.</translation>
    </message>
    <message>
        <source>{issuer} signs you in, but registers no programs by itself: it needs an OAuth app of your own, under More.</source>
        <translation>Sie melden sich über {issuer} an, Programme werden dort aber nicht von selbst registriert: Nötig ist eine eigene OAuth-App, einzutragen unter „Mehr“.</translation>
    </message>
    <message>
        <source>This server asks for a key, and names nobody who signs you in.</source>
        <translation>Dieser Server verlangt einen Schlüssel und nennt keine Stelle für eine Anmeldung.</translation>
    </message>
    <message>
        <source>This is not confirmed by the provider.</source>
        <translation>Vom Anbieter nicht bestätigt.</translation>
    </message>
    <message>
        <source>What is known of {provider}</source>
        <translation>Was über {provider} bekannt ist</translation>
    </message>
</context>
<context>
    <name>ConnectSteps</name>
    <message>
        <source>Connecting</source>
        <translation>Verbindung läuft</translation>
    </message>
    <message>
        <source>No browser window? Open this address yourself:</source>
        <translation>Kein Browserfenster? Öffnen Sie diese Adresse selbst:</translation>
    </message>
    <message>
        <source>Sign-in address</source>
        <translation>Anmeldeadresse</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
</context>
<context>
    <name>CopyField</name>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>{what} kopieren</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>Core</name>
    <message>
        <source>&quot;a number of {0} bits&quot;</source>
        <translation>„eine Zahl von {0} Bits“</translation>
    </message>
    <message>
        <source>(a new file)</source>
        <translation>(eine neue Datei)</translation>
    </message>
    <message>
        <source>(any port)</source>
        <translation>(jeder Port)</translation>
    </message>
    <message>
        <source>(it leads to {0})</source>
        <translation>(sie führt zu {0})</translation>
    </message>
    <message>
        <source>(no file)</source>
        <translation>(keine Datei)</translation>
    </message>
    <message>
        <source>A batch of more than {0} messages.</source>
        <translation>Ein Stapel von mehr als {0} Nachrichten.</translation>
    </message>
    <message>
        <source>A command asks for it.</source>
        <translation>Ein Befehl verlangt es.</translation>
    </message>
    <message>
        <source>A crash has left {0} half-written file.</source>
        <translation>Ein Absturz hat {0} halb geschriebene Datei hinterlassen.</translation>
    </message>
    <message>
        <source>A crash has left {0} half-written files.</source>
        <translation>Ein Absturz hat {0} halb geschriebene Dateien hinterlassen.</translation>
    </message>
    <message>
        <source>A document without operations has no tools.</source>
        <translation>Ein Dokument ohne Operationen hat keine Werkzeuge.</translation>
    </message>
    <message>
        <source>A group belongs to a server: name it too.</source>
        <translation>Eine Gruppe gehört zu einem Server: Nennen Sie auch ihn.</translation>
    </message>
    <message>
        <source>A header for {0} has characters that HTTP cannot carry.</source>
        <translation>Ein Header für {0} enthält Zeichen, die HTTP nicht übertragen kann.</translation>
    </message>
    <message>
        <source>A header for {0} is no UTF-8, which this way cannot carry.</source>
        <translation>Ein Header für {0} ist kein UTF-8; auf diesem Weg lässt er sich nicht übertragen.</translation>
    </message>
    <message>
        <source>A key reaches all your workspaces and cannot be narrowed.</source>
        <translation>Ein Schlüssel erreicht alle Ihre Workspaces und lässt sich nicht einschränken.</translation>
    </message>
    <message>
        <source>A line is longer than {0} MiB.</source>
        <translation>Eine Zeile ist länger als {0} MiB.</translation>
    </message>
    <message>
        <source>A message must be an object.</source>
        <translation>Eine Nachricht muss ein Objekt sein.</translation>
    </message>
    <message>
        <source>A preview.</source>
        <translation>Eine Vorschau.</translation>
    </message>
    <message>
        <source>A preview. Google calls these scopes restricted: a new app serves test users alone until it is verified.</source>
        <translation>Eine Vorschau. Google nennt diese Berechtigungen eingeschränkt: Eine neue App dient nur Testnutzern, bis sie überprüft ist.</translation>
    </message>
    <message>
        <source>A preview. Google calls these scopes sensitive: a new app serves test users alone until it is verified.</source>
        <translation>Eine Vorschau. Google nennt diese Berechtigungen sensibel: Eine neue App dient nur Testnutzern, bis sie überprüft ist.</translation>
    </message>
    <message>
        <source>A program that nobody has named yet wants to use Keyfob.</source>
        <translation>Ein Programm, das noch niemand benannt hat, möchte Keyfob verwenden.</translation>
    </message>
    <message>
        <source>A request with this id is under way.</source>
        <translation>Eine Anfrage mit dieser ID läuft bereits.</translation>
    </message>
    <message>
        <source>A request with this id or progress token is under way already.</source>
        <translation>Eine Anfrage mit dieser ID oder diesem Fortschritts-Token läuft bereits.</translation>
    </message>
    <message>
        <source>A server on the internet has no business there, so nothing was sent.</source>
        <translation>Ein Server im Internet hat dort nichts zu suchen, deshalb wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>A service account for both keeps them apart from your own sign-in.</source>
        <translation>Ein Dienstkonto für beide hält sie von Ihrer eigenen Anmeldung getrennt.</translation>
    </message>
    <message>
        <source>A token of pairing is good under /pair only.</source>
        <translation>Ein Token aus einer Kopplung gilt nur unter /pair.</translation>
    </message>
    <message>
        <source>A web page of another origin asked.</source>
        <translation>Eine Webseite anderen Ursprungs hat angefragt.</translation>
    </message>
    <message>
        <source>A web page of another site asked.</source>
        <translation>Eine Webseite einer anderen Website hat angefragt.</translation>
    </message>
    <message>
        <source>A {0} has no body.</source>
        <translation>{0} hat keinen Inhalt.</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API-Schlüssel</translation>
    </message>
    <message>
        <source>API key and application key</source>
        <translation>API-Schlüssel und Anwendungsschlüssel</translation>
    </message>
    <message>
        <source>API token</source>
        <translation>API-Token</translation>
    </message>
    <message>
        <source>API tokens work only where an administrator has allowed them.</source>
        <translation>API-Tokens funktionieren nur, wo ein Administrator sie erlaubt hat.</translation>
    </message>
    <message>
        <source>Accept an edit of config.toml</source>
        <translation>Änderung an config.toml annehmen</translation>
    </message>
    <message>
        <source>Access token</source>
        <translation>Zugriffs-Token</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>Add /readonly to the address for tools that only read, or /x/TOOLSET for some of them.</source>
        <translation>Hängen Sie /readonly an die Adresse an für Werkzeuge, die nur lesen, oder /x/TOOLSET für einige davon.</translation>
    </message>
    <message>
        <source>Add ?project_ref=PROJECT&amp;read_only=true to the address: one project, and nothing changes.</source>
        <translation>Hängen Sie ?project_ref=PROJECT&amp;read_only=true an die Adresse an: ein Projekt, und nichts ändert sich.</translation>
    </message>
    <message>
        <source>Add [accounts.{0}] or `keyfob connect`.</source>
        <translation>Fügen Sie [accounts.{0}] hinzu, oder verwenden Sie `keyfob connect`.</translation>
    </message>
    <message>
        <source>Add [servers.{0}.groups.{1}] to config.toml.</source>
        <translation>Fügen Sie config.toml den Abschnitt [servers.{0}.groups.{1}] hinzu.</translation>
    </message>
    <message>
        <source>Add a rule</source>
        <translation>Regel hinzufügen</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>Server hinzufügen</translation>
    </message>
    <message>
        <source>Add an API</source>
        <translation>API hinzufügen</translation>
    </message>
    <message>
        <source>Add it again.</source>
        <translation>Fügen Sie es erneut hinzu.</translation>
    </message>
    <message>
        <source>Add it with `keyfob server add NAME URL`.</source>
        <translation>Fügen Sie ihn mit `keyfob server add NAME URL` hinzu.</translation>
    </message>
    <message>
        <source>Add the API {0}? Its calls, and your key with them, go to {1}.</source>
        <translation>Die API {0} hinzufügen? Ihre Aufrufe, und mit ihnen Ihr Schlüssel, gehen an {1}.</translation>
    </message>
    <message>
        <source>Add the server anew with the address it has now.</source>
        <translation>Fügen Sie den Server mit seiner jetzigen Adresse neu hinzu.</translation>
    </message>
    <message>
        <source>Add the server {0} and let Keyfob run its program?</source>
        <translation>Den Server {0} hinzufügen und sein Programm von Keyfob ausführen lassen?</translation>
    </message>
    <message>
        <source>Add the server {0} at {1}?</source>
        <translation>Den Server {0} unter {1} hinzufügen?</translation>
    </message>
    <message>
        <source>Add yours with `keyfob server add NAME URL`, then connect that server.</source>
        <translation>Fügen Sie Ihre mit `keyfob server add NAME URL` hinzu, und verbinden Sie dann diesen Server.</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>All in Azure DevOps that the app was given and you may do</source>
        <translation>Alles in Azure DevOps, was der App gewährt wurde und Sie dürfen</translation>
    </message>
    <message>
        <source>All in Power BI that the app was given and you may do</source>
        <translation>Alles in Power BI, was der App gewährt wurde und Sie dürfen</translation>
    </message>
    <message>
        <source>All that your roles in Google Cloud allow</source>
        <translation>Alles, was Ihre Rollen in Google Cloud erlauben</translation>
    </message>
    <message>
        <source>Allow public client flows for the device code.</source>
        <translation>Erlauben Sie „public client flows“ für die Anmeldung mit einem Code.</translation>
    </message>
    <message>
        <source>An API has no call that is safe to try a key with.</source>
        <translation>Eine API hat keinen Aufruf, mit dem sich ein Schlüssel gefahrlos prüfen lässt.</translation>
    </message>
    <message>
        <source>An administrator has to allow MCP for the organization first.</source>
        <translation>Zuerst muss ein Administrator MCP für die Organisation erlauben.</translation>
    </message>
    <message>
        <source>An empty batch.</source>
        <translation>Ein leerer Stapel.</translation>
    </message>
    <message>
        <source>An import tries each server through Keyfob, which does not run.</source>
        <translation>Ein Import prüft jeden Server über Keyfob, das aber nicht läuft.</translation>
    </message>
    <message>
        <source>And</source>
        <translation>Und</translation>
    </message>
    <message>
        <source>Another Keyfob (process unknown) holds this installation.</source>
        <translation>Ein anderes Keyfob (Prozess unbekannt) belegt diese Installation.</translation>
    </message>
    <message>
        <source>Another Keyfob (process {0}) holds this installation.</source>
        <translation>Ein anderes Keyfob (Prozess {0}) belegt diese Installation.</translation>
    </message>
    <message>
        <source>Another client is asked about.</source>
        <translation>Es wird gerade nach einem anderen Client gefragt.</translation>
    </message>
    <message>
        <source>Another process renews the account {0} and does not end.</source>
        <translation>Ein anderer Prozess erneuert das Konto {0} und endet nicht.</translation>
    </message>
    <message>
        <source>Another program has taken the name: end it, or have clients use the port.</source>
        <translation>Ein anderes Programm hat den Namen belegt: Beenden Sie es, oder lassen Sie Clients den Port verwenden.</translation>
    </message>
    <message>
        <source>Another program holds port {0}, so no client reaches Keyfob by HTTP.</source>
        <translation>Ein anderes Programm belegt Port {0}, deshalb erreicht kein Client Keyfob über HTTP.</translation>
    </message>
    <message>
        <source>Another program holds port {0}, where clients expect Keyfob.</source>
        <translation>Ein anderes Programm belegt Port {0}, auf dem Clients Keyfob erwarten.</translation>
    </message>
    <message>
        <source>Another program keeps {0} locked.</source>
        <translation>Ein anderes Programm hält {0} gesperrt.</translation>
    </message>
    <message>
        <source>Answer in Keyfob, then try again.</source>
        <translation>Antworten Sie in Keyfob, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Answer the keychain&apos;s prompt if one is open; otherwise log out and in.</source>
        <translation>Beantworten Sie die Frage des Schlüsselbunds, falls eine offen ist; andernfalls melden Sie sich ab und wieder an.</translation>
    </message>
    <message>
        <source>Answer the keyring&apos;s prompt if one is open; otherwise restart gnome-keyring-daemon, or log out and in.</source>
        <translation>Beantworten Sie die Frage des Schlüsselbunds, falls eine offen ist; andernfalls starten Sie gnome-keyring-daemon neu, oder melden Sie sich ab und wieder an.</translation>
    </message>
    <message>
        <source>Answers without an account, too; a token adds your own models, data sets and Spaces.</source>
        <translation>Antwortet auch ohne Konto; mit einem Token kommen Ihre eigenen Modelle, Datensätze und Spaces hinzu.</translation>
    </message>
    <message>
        <source>Application key</source>
        <translation>Anwendungsschlüssel</translation>
    </message>
    <message>
        <source>Approve tools</source>
        <translation>Werkzeuge freigeben</translation>
    </message>
    <message>
        <source>Ask for offline_access too: without it there is nothing to refresh with.</source>
        <translation>Fordern Sie auch offline_access an: Ohne dies gibt es nichts, womit sich erneuern ließe.</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people for an address of MCP&apos;s streamable HTTP.</source>
        <translation>Fragen Sie die Betreiber des Servers nach einer Adresse für Streamable HTTP von MCP.</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people for the rights, or connect another account.</source>
        <translation>Fragen Sie die Betreiber des Servers nach den Rechten, oder verbinden Sie ein anderes Konto.</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people, or switch pinning off for it and deny no single tool.</source>
        <translation>Fragen Sie die Betreiber des Servers, oder schalten Sie das Festhalten der Werkzeuge für ihn ab und verbieten Sie kein einzelnes Werkzeug.</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people, or switch pinning off for it.</source>
        <translation>Fragen Sie die Betreiber des Servers, oder schalten Sie das Festhalten der Werkzeuge für ihn ab.</translation>
    </message>
    <message>
        <source>Ask whoever runs it, or name the server in NO_PROXY.</source>
        <translation>Fragen Sie den Betreiber, oder nennen Sie den Server in NO_PROXY.</translation>
    </message>
    <message>
        <source>Ask whoever runs that server.</source>
        <translation>Fragen Sie den Betreiber dieses Servers.</translation>
    </message>
    <message>
        <source>Asking {0} for a token.</source>
        <translation>Token wird bei {0} angefragt.</translation>
    </message>
    <message>
        <source>Begin it with `keyfob connect`, then paste while it waits.</source>
        <translation>Beginnen Sie sie mit `keyfob connect`, und fügen Sie die Adresse ein, während Keyfob wartet.</translation>
    </message>
    <message>
        <source>Begin it with ~, @config or ${{NAME:-~/folder}}.</source>
        <translation>Beginnen Sie mit ~, @config oder ${{NAME:-~/Ordner}}.</translation>
    </message>
    <message>
        <source>Box has no dynamic registration.</source>
        <translation>Box kennt keine dynamische Registrierung.</translation>
    </message>
    <message>
        <source>Bring back {0}?</source>
        <translation>{0} zurückholen?</translation>
    </message>
    <message>
        <source>Bundle the document into one file first.</source>
        <translation>Fassen Sie das Dokument zuerst in einer Datei zusammen.</translation>
    </message>
    <message>
        <source>Call again and answer the question in Keyfob.</source>
        <translation>Rufen Sie erneut auf, und beantworten Sie die Frage in Keyfob.</translation>
    </message>
    <message>
        <source>Call again.</source>
        <translation>Rufen Sie erneut auf.</translation>
    </message>
    <message>
        <source>Calls and messages cost money.</source>
        <translation>Anrufe und Nachrichten kosten Geld.</translation>
    </message>
    <message>
        <source>Calls go to</source>
        <translation>Aufrufe gehen an</translation>
    </message>
    <message>
        <source>Calls itself</source>
        <translation>Nennt sich</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Änderung</translation>
    </message>
    <message>
        <source>Change GitHub Actions workflows, which run code with your secrets</source>
        <translation>GitHub-Actions-Workflows ändern, die Code mit Ihren Geheimnissen ausführen</translation>
    </message>
    <message>
        <source>Change Keyfob&apos;s settings so that they allow more?</source>
        <translation>Die Einstellungen von Keyfob so ändern, dass sie mehr erlauben?</translation>
    </message>
    <message>
        <source>Change a tool&apos;s access</source>
        <translation>Zugriff eines Werkzeugs ändern</translation>
    </message>
    <message>
        <source>Change and delete your contacts</source>
        <translation>Ihre Kontakte ändern und löschen</translation>
    </message>
    <message>
        <source>Change it in Keyfob, or with `keyfob rule`.</source>
        <translation>Ändern Sie das in Keyfob oder mit `keyfob rule`.</translation>
    </message>
    <message>
        <source>Change memberships in your organizations</source>
        <translation>Mitgliedschaften in Ihren Organisationen ändern</translation>
    </message>
    <message>
        <source>Change one.</source>
        <translation>Ändern Sie einen davon.</translation>
    </message>
    <message>
        <source>Change projects</source>
        <translation>Projekte ändern</translation>
    </message>
    <message>
        <source>Change settings</source>
        <translation>Einstellungen ändern</translation>
    </message>
    <message>
        <source>Change teams</source>
        <translation>Teams ändern</translation>
    </message>
    <message>
        <source>Change the access to {0} of {1} for {2} to: no word of its own?</source>
        <translation>Den Zugriff auf {0} von {1} für {2} so ändern: keine eigene Einstellung?</translation>
    </message>
    <message>
        <source>Change the access to {0} of {1} for {2} to: {3}?</source>
        <translation>Den Zugriff auf {0} von {1} für {2} so ändern: {3}?</translation>
    </message>
    <message>
        <source>Change, resolve and assign issues</source>
        <translation>Issues ändern, lösen und zuweisen</translation>
    </message>
    <message>
        <source>Change, share and delete your calendars</source>
        <translation>Ihre Kalender ändern, freigeben und löschen</translation>
    </message>
    <message>
        <source>Changed tool</source>
        <translation>Geändertes Werkzeug</translation>
    </message>
    <message>
        <source>Check that the disk has room, that the file is yours, and that no other program holds it.</source>
        <translation>Prüfen Sie, ob der Datenträger Platz hat, ob die Datei Ihnen gehört und ob kein anderes Programm sie belegt.</translation>
    </message>
    <message>
        <source>Check the app&apos;s id, its key and where it is installed.</source>
        <translation>Prüfen Sie die ID der App, ihren Schlüssel und wo sie installiert ist.</translation>
    </message>
    <message>
        <source>Check the disk that it lies on.</source>
        <translation>Prüfen Sie den Datenträger, auf dem sie liegt.</translation>
    </message>
    <message>
        <source>Check the disk, and who owns the file and its folder.</source>
        <translation>Prüfen Sie den Datenträger und wem die Datei und ihr Ordner gehören.</translation>
    </message>
    <message>
        <source>Check the folder&apos;s permissions and free space, or set KEYFOB_HOME to another folder.</source>
        <translation>Prüfen Sie Rechte und freien Platz des Ordners, oder setzen Sie KEYFOB_HOME auf einen anderen Ordner.</translation>
    </message>
    <message>
        <source>Check the network, a proxy in [network], and the server&apos;s address.</source>
        <translation>Prüfen Sie das Netzwerk, einen Proxy in [network] und die Adresse des Servers.</translation>
    </message>
    <message>
        <source>Check the network, then try again.</source>
        <translation>Prüfen Sie das Netzwerk, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Check the server&apos;s address, or ask whoever runs it.</source>
        <translation>Prüfen Sie die Adresse des Servers, oder fragen Sie seinen Betreiber.</translation>
    </message>
    <message>
        <source>Check the server&apos;s address; a token for another server would be of no use here.</source>
        <translation>Prüfen Sie die Adresse des Servers; ein Token für einen anderen Server wäre hier nutzlos.</translation>
    </message>
    <message>
        <source>Check who may write there.</source>
        <translation>Prüfen Sie, wer dort schreiben darf.</translation>
    </message>
    <message>
        <source>Check who owns it, or set KEYFOB_HOME to a folder of your own.</source>
        <translation>Prüfen Sie, wem er gehört, oder setzen Sie KEYFOB_HOME auf einen eigenen Ordner.</translation>
    </message>
    <message>
        <source>Check who owns it.</source>
        <translation>Prüfen Sie, wem sie gehört.</translation>
    </message>
    <message>
        <source>Check whose folder it is.</source>
        <translation>Prüfen Sie, wem der Ordner gehört.</translation>
    </message>
    <message>
        <source>Choose a file in your own folder.</source>
        <translation>Wählen Sie eine Datei in Ihrem eigenen Ordner.</translation>
    </message>
    <message>
        <source>Choose a passphrase for the file that will hold your secrets.</source>
        <translation>Wählen Sie eine Passphrase für die Datei, die Ihre Geheimnisse aufnehmen wird.</translation>
    </message>
    <message>
        <source>Choose another with KEYFOB_PORT or [relay] port.</source>
        <translation>Wählen Sie einen anderen mit KEYFOB_PORT oder [relay] port.</translation>
    </message>
    <message>
        <source>Choose another.</source>
        <translation>Wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Choose at least {0} characters; several words are better.</source>
        <translation>Wählen Sie mindestens {0} Zeichen; mehrere Wörter sind besser.</translation>
    </message>
    <message>
        <source>Choose one in Keyfob.</source>
        <translation>Wählen Sie eine in Keyfob.</translation>
    </message>
    <message>
        <source>Choose or create a project, and switch on the APIs and their MCP servers.</source>
        <translation>Wählen oder erstellen Sie ein Projekt, und schalten Sie die APIs und ihre MCP-Server ein.</translation>
    </message>
    <message>
        <source>Choose or create a project, and switch on the Gmail API and its MCP server.</source>
        <translation>Wählen oder erstellen Sie ein Projekt, und schalten Sie die Gmail-API und ihren MCP-Server ein.</translation>
    </message>
    <message>
        <source>Choose or create a project, and switch on the Google Drive API and its MCP server.</source>
        <translation>Wählen oder erstellen Sie ein Projekt, und schalten Sie die Google-Drive-API und ihren MCP-Server ein.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Clients cannot reach Keyfob.</source>
        <translation>Clients können Keyfob nicht erreichen.</translation>
    </message>
    <message>
        <source>Clients neither see nor call them before: `keyfob tool pending`.</source>
        <translation>Vorher sehen Clients sie nicht und rufen sie nicht auf: `keyfob tool pending`.</translation>
    </message>
    <message>
        <source>Clients reach Keyfob at {0} and by its socket.</source>
        <translation>Clients erreichen Keyfob unter {0} und über seinen Socket.</translation>
    </message>
    <message>
        <source>Close it to others</source>
        <translation>Für andere schließen</translation>
    </message>
    <message>
        <source>Close it.</source>
        <translation>Schließen Sie es.</translation>
    </message>
    <message>
        <source>Close it: chmod 600 {0}</source>
        <translation>Schließen Sie sie: chmod 600 {0}</translation>
    </message>
    <message>
        <source>Close it: chmod 700 {0}</source>
        <translation>Schließen Sie ihn: chmod 700 {0}</translation>
    </message>
    <message>
        <source>Close other programs and try again.</source>
        <translation>Schließen Sie andere Programme, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Connect an account</source>
        <translation>Konto verbinden</translation>
    </message>
    <message>
        <source>Connect an account of its own for this server.</source>
        <translation>Verbinden Sie für diesen Server ein eigenes Konto.</translation>
    </message>
    <message>
        <source>Connect an account without DPoP for it.</source>
        <translation>Verbinden Sie dafür ein Konto ohne DPoP.</translation>
    </message>
    <message>
        <source>Connect it again in Keyfob, or ask the server&apos;s people.</source>
        <translation>Verbinden Sie es in Keyfob erneut, oder fragen Sie die Betreiber des Servers.</translation>
    </message>
    <message>
        <source>Connect it again.</source>
        <translation>Verbinden Sie es erneut.</translation>
    </message>
    <message>
        <source>Connect it in Keyfob by a sign-in of its own.</source>
        <translation>Verbinden Sie ihn in Keyfob mit einer eigenen Anmeldung.</translation>
    </message>
    <message>
        <source>Connect it in Keyfob, or with `keyfob connect {0}`.</source>
        <translation>Verbinden Sie es in Keyfob oder mit `keyfob connect {0}`.</translation>
    </message>
    <message>
        <source>Connect it in Keyfob.</source>
        <translation>Verbinden Sie es in Keyfob.</translation>
    </message>
    <message>
        <source>Connect it, or remove its table from config.toml.</source>
        <translation>Verbinden Sie es, oder entfernen Sie seinen Abschnitt aus config.toml.</translation>
    </message>
    <message>
        <source>Connect it.</source>
        <translation>Verbinden Sie es.</translation>
    </message>
    <message>
        <source>Connect it: `keyfob connect {0}`.</source>
        <translation>Verbinden Sie es: `keyfob connect {0}`.</translation>
    </message>
    <message>
        <source>Connect the account again in Keyfob, or ask for more rights at the server.</source>
        <translation>Verbinden Sie das Konto in Keyfob erneut, oder bitten Sie beim Server um mehr Rechte.</translation>
    </message>
    <message>
        <source>Connect the account again with a new one.</source>
        <translation>Verbinden Sie das Konto erneut, mit einem neuen.</translation>
    </message>
    <message>
        <source>Connect the account again.</source>
        <translation>Verbinden Sie das Konto erneut.</translation>
    </message>
    <message>
        <source>Connect the account again: Keyfob then registers anew.</source>
        <translation>Verbinden Sie das Konto erneut: Keyfob registriert sich dann neu.</translation>
    </message>
    <message>
        <source>Connect the account {0} and let {1} use it?</source>
        <translation>Das Konto {0} verbinden und {1} damit arbeiten lassen?</translation>
    </message>
    <message>
        <source>Connect to it again.</source>
        <translation>Verbinden Sie sich erneut damit.</translation>
    </message>
    <message>
        <source>Connect with --client-id ID --key-file FILE.</source>
        <translation>Verbinden Sie mit --client-id ID --key-file DATEI.</translation>
    </message>
    <message>
        <source>Connect with --client-id ID --secret-stdin.</source>
        <translation>Verbinden Sie mit --client-id ID --secret-stdin.</translation>
    </message>
    <message>
        <source>Connect with --method oauth.</source>
        <translation>Verbinden Sie mit --method oauth.</translation>
    </message>
    <message>
        <source>Connect with --method service-account and --key-file, then remove the file.</source>
        <translation>Verbinden Sie mit --method service-account und --key-file, und entfernen Sie danach die Datei.</translation>
    </message>
    <message>
        <source>Convert it to OpenAPI 3.</source>
        <translation>Wandeln Sie es in OpenAPI 3 um.</translation>
    </message>
    <message>
        <source>Copied {0} secrets.</source>
        <translation>{0} Geheimnisse kopiert.</translation>
    </message>
    <message>
        <source>Copy it once more.</source>
        <translation>Kopieren Sie es noch einmal.</translation>
    </message>
    <message>
        <source>Copy the client id and the client secret.</source>
        <translation>Kopieren Sie die Client-ID und das Client-Geheimnis.</translation>
    </message>
    <message>
        <source>Copy the client id.</source>
        <translation>Kopieren Sie die Client-ID.</translation>
    </message>
    <message>
        <source>Copy the client id; generate a client secret unless you use the device code alone.</source>
        <translation>Kopieren Sie die Client-ID; erzeugen Sie ein Client-Geheimnis, sofern Sie nicht nur die Anmeldung mit einem Code verwenden.</translation>
    </message>
    <message>
        <source>Copy the key once more.</source>
        <translation>Kopieren Sie den Schlüssel noch einmal.</translation>
    </message>
    <message>
        <source>Correct it.</source>
        <translation>Berichtigen Sie das.</translation>
    </message>
    <message>
        <source>Correct the line it names.</source>
        <translation>Berichtigen Sie die genannte Zeile.</translation>
    </message>
    <message>
        <source>Correct what it names; until then the last good one holds.</source>
        <translation>Berichtigen Sie, was genannt wird; bis dahin gilt die letzte gute Fassung.</translation>
    </message>
    <message>
        <source>Create a custom app with user authentication (OAuth 2.0).</source>
        <translation>Erstellen Sie eine „Custom App“ mit Benutzer-Authentifizierung (OAuth 2.0).</translation>
    </message>
    <message>
        <source>Create a new app from scratch in your workspace.</source>
        <translation>Erstellen Sie in Ihrem Workspace eine neue App „from scratch“.</translation>
    </message>
    <message>
        <source>Create a restricted key and give it only the permissions you need, reading where that is enough.</source>
        <translation>Erstellen Sie einen eingeschränkten Schlüssel, und geben Sie ihm nur die nötigen Rechte, und nur Leserechte, wo sie genügen.</translation>
    </message>
    <message>
        <source>Create a server on Zapier&apos;s page, choose its tools, and copy its key under Connect.</source>
        <translation>Erstellen Sie auf der Seite von Zapier einen Server, wählen Sie seine Werkzeuge, und kopieren Sie seinen Schlüssel unter „Connect“.</translation>
    </message>
    <message>
        <source>Create a service account and give it the roles it needs.</source>
        <translation>Erstellen Sie ein Dienstkonto, und geben Sie ihm die nötigen Rollen.</translation>
    </message>
    <message>
        <source>Create an API key and restrict it to the Maps APIs you use.</source>
        <translation>Erstellen Sie einen API-Schlüssel, und beschränken Sie ihn auf die Maps-APIs, die Sie verwenden.</translation>
    </message>
    <message>
        <source>Create an OAuth client of the type Web application.</source>
        <translation>Erstellen Sie einen OAuth-Client vom Typ „Web application“.</translation>
    </message>
    <message>
        <source>Create an app in the developer hub and copy its access token under Authentication.</source>
        <translation>Erstellen Sie im Developer-Hub eine App, und kopieren Sie ihr Zugriffs-Token unter „Authentication“.</translation>
    </message>
    <message>
        <source>Create and change canvases</source>
        <translation>Canvases erstellen und ändern</translation>
    </message>
    <message>
        <source>Create and change gists</source>
        <translation>Gists erstellen und ändern</translation>
    </message>
    <message>
        <source>Create and change issues, projects and comments</source>
        <translation>Issues, Projekte und Kommentare erstellen und ändern</translation>
    </message>
    <message>
        <source>Create and use codespaces</source>
        <translation>Codespaces erstellen und verwenden</translation>
    </message>
    <message>
        <source>Create issues</source>
        <translation>Issues erstellen</translation>
    </message>
    <message>
        <source>Delete packages</source>
        <translation>Pakete löschen</translation>
    </message>
    <message>
        <source>Delete repositories</source>
        <translation>Repositorys löschen</translation>
    </message>
    <message>
        <source>Described by</source>
        <translation>Beschrieben von</translation>
    </message>
    <message>
        <source>Did you mean {0}?</source>
        <translation>Meinten Sie {0}?</translation>
    </message>
    <message>
        <source>Discovered {0} as the authorization server.</source>
        <translation>{0} als Anmeldeserver gefunden.</translation>
    </message>
    <message>
        <source>Discovered {0} as the issuer of tokens.</source>
        <translation>{0} als Aussteller von Tokens gefunden.</translation>
    </message>
    <message>
        <source>Download packages</source>
        <translation>Pakete herunterladen</translation>
    </message>
    <message>
        <source>Each Datadog site has a server of its own, such as mcp.datadoghq.eu: take the address from Datadog&apos;s page.</source>
        <translation>Jede Datadog-Site hat einen eigenen Server, etwa mcp.datadoghq.eu: Nehmen Sie die Adresse von Datadogs Seite.</translation>
    </message>
    <message>
        <source>Each refresh token works once. Keep one program in charge of it: do not copy it elsewhere.</source>
        <translation>Jedes Refresh-Token gilt nur einmal. Überlassen Sie es einem einzigen Programm: Kopieren Sie es nirgendwohin.</translation>
    </message>
    <message>
        <source>End it and start Keyfob again.</source>
        <translation>Beenden Sie es, und starten Sie Keyfob erneut.</translation>
    </message>
    <message>
        <source>End it with Z for UTC.</source>
        <translation>Beenden Sie sie mit Z für UTC.</translation>
    </message>
    <message>
        <source>End some.</source>
        <translation>Beenden Sie einige.</translation>
    </message>
    <message>
        <source>End that program, or set another callback_port and register it, then start again.</source>
        <translation>Beenden Sie jenes Programm, oder setzen und registrieren Sie einen anderen callback_port und beginnen Sie dann erneut.</translation>
    </message>
    <message>
        <source>End the file with an empty line.</source>
        <translation>Beenden Sie die Datei mit einer leeren Zeile.</translation>
    </message>
    <message>
        <source>End the other Keyfob.</source>
        <translation>Beenden Sie das andere Keyfob.</translation>
    </message>
    <message>
        <source>Enter any address as homepage, such as https://github.com.</source>
        <translation>Geben Sie als Homepage irgendeine Adresse ein, etwa https://github.com.</translation>
    </message>
    <message>
        <source>Enter its passphrase in Keyfob.</source>
        <translation>Geben Sie ihre Passphrase in Keyfob ein.</translation>
    </message>
    <message>
        <source>Enter the code {0} at {1}</source>
        <translation>Geben Sie den Code {0} unter {1} ein</translation>
    </message>
    <message>
        <source>Enter the e-mail address of your Atlassian account as user name.</source>
        <translation>Geben Sie als Benutzernamen die E-Mail-Adresse Ihres Atlassian-Kontos ein.</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows and choose what the app may read.</source>
        <translation>Geben Sie die Redirect-Adresse ein, die Keyfob zeigt, und wählen Sie, was die App lesen darf.</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows as authorization callback URL.</source>
        <translation>Geben Sie die Redirect-Adresse, die Keyfob zeigt, als „Authorization callback URL“ ein.</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows.</source>
        <translation>Geben Sie die Redirect-Adresse ein, die Keyfob zeigt.</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows; copy the client id and the client secret.</source>
        <translation>Geben Sie die Redirect-Adresse ein, die Keyfob zeigt; kopieren Sie die Client-ID und das Client-Geheimnis.</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows; leave the client secret out.</source>
        <translation>Geben Sie die Redirect-Adresse ein, die Keyfob zeigt; lassen Sie das Client-Geheimnis weg.</translation>
    </message>
    <message>
        <source>Entra refuses `resource` with its own scopes (AADSTS9010010), so Keyfob does not send it here.</source>
        <translation>Entra lehnt `resource` zusammen mit seinen eigenen Berechtigungen ab (AADSTS9010010), deshalb sendet Keyfob es hier nicht.</translation>
    </message>
    <message>
        <source>Erase</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Erase it; `keyfob audit verify` then cannot tell whether the log&apos;s end was cut.</source>
        <translation>Löschen Sie es; `keyfob audit verify` kann dann nicht sagen, ob das Ende des Protokolls abgeschnitten wurde.</translation>
    </message>
    <message>
        <source>Erase it; `keyfob audit verify` then finds the removed events missing.</source>
        <translation>Löschen Sie es; `keyfob audit verify` meldet die entfernten Ereignisse dann als fehlend.</translation>
    </message>
    <message>
        <source>Erase that item; Keyfob makes a new one.</source>
        <translation>Löschen Sie dieses Element; Keyfob erstellt ein neues.</translation>
    </message>
    <message>
        <source>Figma lets only listed programs register, and answers 403 to others.</source>
        <translation>Figma lässt nur gelistete Programme sich registrieren und antwortet anderen mit 403.</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Finish it there, then try again.</source>
        <translation>Schließen Sie sie dort ab, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>For a refresh token say --set subject=refresh_token.</source>
        <translation>Für ein Refresh-Token geben Sie --set subject=refresh_token an.</translation>
    </message>
    <message>
        <source>Generate the token and copy it: GitHub shows it once.</source>
        <translation>Erzeugen Sie das Token, und kopieren Sie es: GitHub zeigt es nur einmal.</translation>
    </message>
    <message>
        <source>Give a document with fewer operations or simpler schemas.</source>
        <translation>Geben Sie ein Dokument mit weniger Operationen oder einfacheren Schemas an.</translation>
    </message>
    <message>
        <source>Give a file or a URL.</source>
        <translation>Geben Sie eine Datei oder eine URL an.</translation>
    </message>
    <message>
        <source>Give a smaller one.</source>
        <translation>Geben Sie ein kleineres an.</translation>
    </message>
    <message>
        <source>Give an OpenAPI 3.0 or 3.1 document, as JSON or YAML.</source>
        <translation>Geben Sie ein Dokument nach OpenAPI 3.0 oder 3.1 an, als JSON oder YAML.</translation>
    </message>
    <message>
        <source>Give an OpenAPI 3.0 or 3.1 one.</source>
        <translation>Geben Sie eines nach OpenAPI 3.0 oder 3.1 an.</translation>
    </message>
    <message>
        <source>Give an RSA key of 2048 bits or more, or a P-256 key, as PKCS8 PEM or as a JWK.</source>
        <translation>Geben Sie einen RSA-Schlüssel mit mindestens 2048 Bit oder einen P-256-Schlüssel an, als PKCS8-PEM oder als JWK.</translation>
    </message>
    <message>
        <source>Give an address, or a program&apos;s command.</source>
        <translation>Geben Sie eine Adresse oder den Befehl eines Programms an.</translation>
    </message>
    <message>
        <source>Give each key a place of its own.</source>
        <translation>Geben Sie jedem Schlüssel einen eigenen Platz.</translation>
    </message>
    <message>
        <source>Give fewer.</source>
        <translation>Geben Sie weniger an.</translation>
    </message>
    <message>
        <source>Give it a name and an end date, and choose only the repositories it is for.</source>
        <translation>Geben Sie ihm einen Namen und ein Enddatum, und wählen Sie nur die Repositorys, für die es gedacht ist.</translation>
    </message>
    <message>
        <source>Give it with --key-file FILE.</source>
        <translation>Geben Sie ihn mit --key-file DATEI an.</translation>
    </message>
    <message>
        <source>Give it with --set {0}=VALUE.</source>
        <translation>Geben Sie es mit --set {0}=WERT an.</translation>
    </message>
    <message>
        <source>Give its command, or leave it out.</source>
        <translation>Geben Sie den Befehl an, oder lassen Sie dies weg.</translation>
    </message>
    <message>
        <source>Give one like /callback.</source>
        <translation>Geben Sie einen wie /callback an.</translation>
    </message>
    <message>
        <source>Give one like https://host/mcp.</source>
        <translation>Geben Sie eine wie https://host/mcp an.</translation>
    </message>
    <message>
        <source>Give one of them.</source>
        <translation>Geben Sie eines davon an.</translation>
    </message>
    <message>
        <source>Give one, such as --scope https://www.googleapis.com/auth/cloud-platform.</source>
        <translation>Geben Sie einen an, etwa --scope https://www.googleapis.com/auth/cloud-platform.</translation>
    </message>
    <message>
        <source>Give the API&apos;s address: keyfob server add NAME URL --openapi SOURCE</source>
        <translation>Geben Sie die Adresse der API an: keyfob server add NAME URL --openapi QUELLE</translation>
    </message>
    <message>
        <source>Give the JSON key that Google made for the service account (IAM &gt; Service accounts &gt; Keys).</source>
        <translation>Geben Sie den JSON-Schlüssel an, den Google für das Dienstkonto erstellt hat (IAM &gt; Dienstkonten &gt; Schlüssel).</translation>
    </message>
    <message>
        <source>Give the address at which it lies, or download it and give the file.</source>
        <translation>Geben Sie die Adresse an, unter der es liegt, oder laden Sie es herunter und geben Sie die Datei an.</translation>
    </message>
    <message>
        <source>Give the address at which your client ID metadata document lies.</source>
        <translation>Geben Sie die Adresse an, unter der Ihr Metadaten-Dokument zur Client-ID liegt.</translation>
    </message>
    <message>
        <source>Give the passphrase of the file that holds your secrets.</source>
        <translation>Geben Sie die Passphrase der Datei ein, die Ihre Geheimnisse enthält.</translation>
    </message>
    <message>
        <source>Give the service account the roles it needs and no more: they bound what cloud-platform allows.</source>
        <translation>Geben Sie dem Dienstkonto nur die nötigen Rollen: Sie begrenzen, was cloud-platform erlaubt.</translation>
    </message>
    <message>
        <source>Give the tool the account of its server.</source>
        <translation>Geben Sie dem Werkzeug das Konto seines Servers.</translation>
    </message>
    <message>
        <source>Give the user name that the key belongs to.</source>
        <translation>Geben Sie den Benutzernamen an, zu dem der Schlüssel gehört.</translation>
    </message>
    <message>
        <source>Give the whole path from the root, or an address.</source>
        <translation>Geben Sie den ganzen Pfad ab der Wurzel oder eine Adresse an.</translation>
    </message>
    <message>
        <source>Give the whole path.</source>
        <translation>Geben Sie den ganzen Pfad an.</translation>
    </message>
    <message>
        <source>Go on with an older file</source>
        <translation>Mit einer älteren Datei weiterarbeiten</translation>
    </message>
    <message>
        <source>Grant them in Keyfob, or with `keyfob connect {0} --scope SCOPE`.</source>
        <translation>Gewähren Sie sie in Keyfob oder mit `keyfob connect {0} --scope SCOPE`.</translation>
    </message>
    <message>
        <source>Grant them with `keyfob connect {0} --scope SCOPE`.</source>
        <translation>Gewähren Sie sie mit `keyfob connect {0} --scope SCOPE`.</translation>
    </message>
    <message>
        <source>HTTP on this computer, with a token of its own</source>
        <translation>HTTP auf diesem Computer, mit einem eigenen Token</translation>
    </message>
    <message>
        <source>HTTP over Keyfob&apos;s socket, with a token of its own</source>
        <translation>HTTP über den Socket von Keyfob, mit einem eigenen Token</translation>
    </message>
    <message>
        <source>HTTP {0} of type {1}</source>
        <translation>HTTP {0} vom Typ {1}</translation>
    </message>
    <message>
        <source>Have the client send it as UTF-8, or install httptools and use no proxy.</source>
        <translation>Lassen Sie den Client ihn als UTF-8 senden, oder installieren Sie httptools und verwenden Sie keinen Proxy.</translation>
    </message>
    <message>
        <source>If a company&apos;s proxy issues it, its CA certificate belongs in the system&apos;s trust store, or in a file that SSL_CERT_FILE names. If not, somebody may be in between.</source>
        <translation>Wenn der Proxy eines Unternehmens es ausstellt, gehört dessen CA-Zertifikat in den Zertifikatspeicher des Systems oder in eine Datei, die SSL_CERT_FILE nennt. Wenn nicht, könnte jemand dazwischen sein.</translation>
    </message>
    <message>
        <source>If that is meant, name the server in NO_PROXY.</source>
        <translation>Falls das so gewollt ist, nennen Sie den Server in NO_PROXY.</translation>
    </message>
    <message>
        <source>Imports</source>
        <translation>Importiert</translation>
    </message>
    <message>
        <source>In the account console open Settings, App connections, and add one.</source>
        <translation>Öffnen Sie in der Account-Konsole „Settings“, „App connections“, und fügen Sie eine hinzu.</translation>
    </message>
    <message>
        <source>In your account&apos;s development area create an MCP auth app.</source>
        <translation>Erstellen Sie im Entwicklungsbereich Ihres Kontos eine MCP-Auth-App.</translation>
    </message>
    <message>
        <source>In your workspace open Settings, Developer, Access tokens, and generate one with an end date.</source>
        <translation>Öffnen Sie in Ihrem Workspace „Settings“, „Developer“, „Access tokens“, und erzeugen Sie eines mit Enddatum.</translation>
    </message>
    <message>
        <source>Initialize a new one.</source>
        <translation>Initialisieren Sie eine neue.</translation>
    </message>
    <message>
        <source>Install Keyfob again.</source>
        <translation>Installieren Sie Keyfob neu.</translation>
    </message>
    <message>
        <source>Install and start a Secret Service, such as gnome-keyring or KWallet, in this session.</source>
        <translation>Installieren und starten Sie in dieser Sitzung einen Secret Service wie gnome-keyring oder KWallet.</translation>
    </message>
    <message>
        <source>Install it, or give its whole path.</source>
        <translation>Installieren Sie es, oder geben Sie den ganzen Pfad an.</translation>
    </message>
    <message>
        <source>Install it, or give its whole path; it was looked for in {0}.</source>
        <translation>Installieren Sie es, oder geben Sie den ganzen Pfad an; gesucht wurde hier: {0}.</translation>
    </message>
    <message>
        <source>Install it: pip install &apos;keyfob[openapi]&apos;</source>
        <translation>Installieren Sie ihn: pip install &apos;keyfob[openapi]&apos;</translation>
    </message>
    <message>
        <source>Is it the right file?</source>
        <translation>Ist es die richtige Datei?</translation>
    </message>
    <message>
        <source>It cannot be used ({0}).</source>
        <translation>Nicht verwendbar ({0}).</translation>
    </message>
    <message>
        <source>It does not answer.</source>
        <translation>Keine Antwort.</translation>
    </message>
    <message>
        <source>It does not answer; a prompt of its own may be open.</source>
        <translation>Keine Antwort; möglicherweise ist ein eigener Dialog offen.</translation>
    </message>
    <message>
        <source>It has neither an address nor a command.</source>
        <translation>Er hat weder Adresse noch Befehl.</translation>
    </message>
    <message>
        <source>It has to begin with https:// (http:// is accepted on this machine only).</source>
        <translation>Die Adresse muss mit https:// beginnen (http:// nur auf diesem Computer).</translation>
    </message>
    <message>
        <source>It is erased here, but {0} was not told: {1}</source>
        <translation>Hier ist es gelöscht, aber {0} konnte nicht benachrichtigt werden: {1}</translation>
    </message>
    <message>
        <source>It is locked.</source>
        <translation>Gesperrt.</translation>
    </message>
    <message>
        <source>It is starting again; repeat this in a moment.</source>
        <translation>Keyfob startet es neu; wiederholen Sie dies gleich.</translation>
    </message>
    <message>
        <source>It is switched off.</source>
        <translation>Er ist abgeschaltet.</translation>
    </message>
    <message>
        <source>It is too late to undo that.</source>
        <translation>Das lässt sich nicht mehr rückgängig machen.</translation>
    </message>
    <message>
        <source>It is tried again in {0} s; see `keyfob server log {1}`.</source>
        <translation>In {0} s folgt ein neuer Versuch; siehe `keyfob server log {1}`.</translation>
    </message>
    <message>
        <source>It may have received client tokens: end it or choose another port, then make new ones with `keyfob client token NAME`.</source>
        <translation>Es hat möglicherweise Client-Tokens erhalten: Beenden Sie es, oder wählen Sie einen anderen Port, und erstellen Sie dann mit `keyfob client token NAME` neue.</translation>
    </message>
    <message>
        <source>It may have received client tokens: make new ones with `keyfob client token NAME` once it is gone, or choose another port with KEYFOB_PORT or [relay] port.</source>
        <translation>Es hat möglicherweise Client-Tokens erhalten: Erstellen Sie mit `keyfob client token NAME` neue, sobald es beendet ist, oder wählen Sie mit KEYFOB_PORT oder [relay] port einen anderen Port.</translation>
    </message>
    <message>
        <source>It reaches Keyfob by</source>
        <translation>Erreicht Keyfob über</translation>
    </message>
    <message>
        <source>It runs in a folder of its own (cwd), which Keyfob&apos;s programs do not.</source>
        <translation>Er läuft in einem eigenen Ordner (cwd), was Keyfobs Programme nicht tun.</translation>
    </message>
    <message>
        <source>It said last: {0}</source>
        <translation>Letzte Ausgabe: {0}</translation>
    </message>
    <message>
        <source>It stands on the page of the GitHub App, or in the address of its installation.</source>
        <translation>Sie steht auf der Seite der GitHub-App oder in der Adresse ihrer Installation.</translation>
    </message>
    <message>
        <source>It takes its key from a variable: leave the place out.</source>
        <translation>Der Schlüssel kommt aus einer Variablen: Lassen Sie den Platz weg.</translation>
    </message>
    <message>
        <source>It takes its secrets from elsewhere ({0}).</source>
        <translation>Er nimmt seine Geheimnisse von anderswo ({0}).</translation>
    </message>
    <message>
        <source>Its address has a secret in its path, which Keyfob cannot take out.</source>
        <translation>Seine Adresse hat ein Geheimnis im Pfad, das Keyfob nicht herausnehmen kann.</translation>
    </message>
    <message>
        <source>Its address is none that Keyfob reaches.</source>
        <translation>Seine Adresse kann Keyfob nicht erreichen.</translation>
    </message>
    <message>
        <source>Its address is put together by the client.</source>
        <translation>Seine Adresse wird vom Client zusammengesetzt.</translation>
    </message>
    <message>
        <source>Its file system keeps no permissions: set KEYFOB_HOME to a folder that does.</source>
        <translation>Das Dateisystem speichert keine Rechte: Setzen Sie KEYFOB_HOME auf einen Ordner, der das tut.</translation>
    </message>
    <message>
        <source>Its header {0} is put together by the client.</source>
        <translation>Sein Header {0} wird vom Client zusammengesetzt.</translation>
    </message>
    <message>
        <source>Its key stands in</source>
        <translation>Der Schlüssel steht in</translation>
    </message>
    <message>
        <source>Its log says why; call again.</source>
        <translation>Das Programmprotokoll sagt, warum; rufen Sie erneut auf.</translation>
    </message>
    <message>
        <source>Its sign-in has ended.</source>
        <translation>Die Anmeldung ist beendet.</translation>
    </message>
    <message>
        <source>Its token lasts a year and cannot be refreshed: you sign in again after that.</source>
        <translation>Das Token gilt ein Jahr und lässt sich nicht erneuern: Danach melden Sie sich neu an.</translation>
    </message>
    <message>
        <source>Its variable {0} is more than Keyfob gives a program.</source>
        <translation>Seine Variable {0} ist mehr, als Keyfob einem Programm gibt.</translation>
    </message>
    <message>
        <source>Its variable {0} is put together by the client.</source>
        <translation>Seine Variable {0} wird vom Client zusammengesetzt.</translation>
    </message>
    <message>
        <source>Its variables are none that Keyfob sets: {0}.</source>
        <translation>Seine Variablen kann Keyfob nicht setzen: {0}.</translation>
    </message>
    <message>
        <source>Its {0} is a secret, and Keyfob puts none on a command line: give it by a variable, if the program takes one.</source>
        <translation>{0}: Das ist ein Geheimnis, und Keyfob setzt keines in eine Befehlszeile. Übergeben Sie es in einer Variablen, falls das Programm eine annimmt.</translation>
    </message>
    <message>
        <source>Its {0} is no place that Keyfob puts a key into.</source>
        <translation>Sein {0} ist kein Platz, an den Keyfob einen Schlüssel setzt.</translation>
    </message>
    <message>
        <source>Keep a copy of the audit folder as it is; somebody or something changed it.</source>
        <translation>Bewahren Sie eine Kopie des Audit-Ordners auf, so wie er ist; jemand oder etwas hat ihn verändert.</translation>
    </message>
    <message>
        <source>Keep command, or make two servers of it.</source>
        <translation>Behalten Sie command, oder machen Sie zwei Server daraus.</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Keyfob cannot listen at {0} ({1}).</source>
        <translation>Keyfob kann unter {0} nicht lauschen ({1}).</translation>
    </message>
    <message>
        <source>Keyfob cannot listen on port {0}: {1}.</source>
        <translation>Keyfob kann auf Port {0} nicht lauschen: {1}.</translation>
    </message>
    <message>
        <source>Keyfob edits files of at most 32 MiB.</source>
        <translation>Keyfob bearbeitet Dateien bis 32 MiB.</translation>
    </message>
    <message>
        <source>Keyfob ended before it answered.</source>
        <translation>Keyfob wurde beendet, bevor die Antwort kam.</translation>
    </message>
    <message>
        <source>Keyfob failed at this request ({0}).</source>
        <translation>Keyfob ist an dieser Anfrage gescheitert ({0}).</translation>
    </message>
    <message>
        <source>Keyfob failed at this request.</source>
        <translation>Keyfob ist an dieser Anfrage gescheitert.</translation>
    </message>
    <message>
        <source>Keyfob has ended</source>
        <translation>Keyfob wurde beendet</translation>
    </message>
    <message>
        <source>Keyfob has no use for what stands at: {0}.</source>
        <translation>Keyfob kann nicht verwenden, was hier steht: {0}.</translation>
    </message>
    <message>
        <source>Keyfob is locked, and its passphrase opens it.</source>
        <translation>Keyfob ist gesperrt, und seine Passphrase öffnet es.</translation>
    </message>
    <message>
        <source>Keyfob is locked.</source>
        <translation>Keyfob ist gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob is locked: no call passes.</source>
        <translation>Keyfob ist gesperrt: Kein Aufruf kommt durch.</translation>
    </message>
    <message>
        <source>Keyfob is not running.</source>
        <translation>Keyfob läuft nicht.</translation>
    </message>
    <message>
        <source>Keyfob is paused until {0}.</source>
        <translation>Keyfob pausiert bis {0}.</translation>
    </message>
    <message>
        <source>Keyfob is paused.</source>
        <translation>Keyfob pausiert.</translation>
    </message>
    <message>
        <source>Keyfob is paused: no call passes.</source>
        <translation>Keyfob pausiert: Kein Aufruf kommt durch.</translation>
    </message>
    <message>
        <source>Keyfob is still starting.</source>
        <translation>Keyfob startet noch.</translation>
    </message>
    <message>
        <source>Keyfob keeps nothing of what it moved out of the client {0}.</source>
        <translation>Keyfob hat nichts von dem aufbewahrt, was aus dem Client {0} verschoben wurde.</translation>
    </message>
    <message>
        <source>Keyfob knows no client {0}.</source>
        <translation>Keyfob kennt keinen Client {0}.</translation>
    </message>
    <message>
        <source>Keyfob listens on no port.</source>
        <translation>Keyfob lauscht auf keinem Port.</translation>
    </message>
    <message>
        <source>Keyfob locks itself later, or not at all</source>
        <translation>Keyfob sperrt sich später oder gar nicht</translation>
    </message>
    <message>
        <source>Keyfob may start in any folder.</source>
        <translation>Keyfob kann in jedem Ordner starten.</translation>
    </message>
    <message>
        <source>Keyfob runs already and does not answer.</source>
        <translation>Keyfob läuft bereits und antwortet nicht.</translation>
    </message>
    <message>
        <source>Keyfob runs those of them that are programs, and sends each secret where its server is. A server is taken out of the file only after it has answered through Keyfob.</source>
        <translation>Keyfob führt diejenigen aus, die Programme sind, und sendet jedes Geheimnis dorthin, wo sein Server ist. Ein Server wird erst aus der Datei genommen, nachdem er über Keyfob geantwortet hat.</translation>
    </message>
    <message>
        <source>Keyfob stays locked.</source>
        <translation>Keyfob bleibt gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob stopped waiting for this sign-in.</source>
        <translation>Keyfob wartet nicht mehr auf diese Anmeldung.</translation>
    </message>
    <message>
        <source>Keyfob tries again by itself.</source>
        <translation>Keyfob versucht es von selbst erneut.</translation>
    </message>
    <message>
        <source>Keyfob waits for your answer.</source>
        <translation>Keyfob wartet auf Ihre Antwort.</translation>
    </message>
    <message>
        <source>Keyfob was locked after a time without calls.</source>
        <translation>Keyfob wurde nach einer Zeit ohne Aufrufe gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen, which Settings can turn off.</source>
        <translation>Keyfob wurde zusammen mit dem Bildschirm gesperrt, was sich in den Einstellungen abschalten lässt.</translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen.</source>
        <translation>Keyfob wurde zusammen mit dem Bildschirm gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob will run this program on your computer. It can do there what you can: read and change your files, and use your network.</source>
        <translation>Keyfob wird dieses Programm auf Ihrem Computer ausführen. Es kann dort, was Sie können: Ihre Dateien lesen und ändern und Ihr Netzwerk verwenden.</translation>
    </message>
    <message>
        <source>Keyfob wrote nothing for the client {0}.</source>
        <translation>Keyfob hat für den Client {0} nichts geschrieben.</translation>
    </message>
    <message>
        <source>Keyfob {0}, Python {1}, without a window, {2}.</source>
        <translation>Keyfob {0}, Python {1}, ohne Fenster, {2}.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine answered something else than was asked.</source>
        <translation>Keyfobs Hintergrundprozess hat etwas anderes geantwortet, als gefragt war.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine cannot be started: {0}.</source>
        <translation>Keyfobs Hintergrundprozess kann nicht gestartet werden: {0}.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine ended while it started.</source>
        <translation>Keyfobs Hintergrundprozess endete beim Start.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine has ended unexpectedly.</source>
        <translation>Keyfobs Hintergrundprozess ist unerwartet beendet worden.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine has stopped.</source>
        <translation>Keyfobs Hintergrundprozess wurde angehalten.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine is not running.</source>
        <translation>Keyfobs Hintergrundprozess läuft nicht.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry no longer stands as it was written. {0}.</source>
        <translation>Keyfobs Eintrag steht nicht mehr so da, wie er geschrieben wurde. {0}.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry stands in the files of {0} client.</source>
        <translation>Keyfobs Eintrag steht in den Dateien von {0} Client.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry stands in the files of {0} clients.</source>
        <translation>Keyfobs Eintrag steht in den Dateien von {0} Clients.</translation>
    </message>
    <message>
        <source>Keyfob&apos;s folders and sockets are closed to others.</source>
        <translation>Keyfobs Ordner und Sockets sind für andere geschlossen.</translation>
    </message>
    <message>
        <source>Known to {0} as client {1}.</source>
        <translation>Bei {0} bekannt als Client {1}.</translation>
    </message>
    <message>
        <source>Leave it out and use `keyfob connect`.</source>
        <translation>Lassen Sie es weg, und verwenden Sie `keyfob connect`.</translation>
    </message>
    <message>
        <source>Leave it out for github.com.</source>
        <translation>Lassen Sie sie für github.com weg.</translation>
    </message>
    <message>
        <source>Leave it out, or put {{username}} into the template; it may have no colon.</source>
        <translation>Lassen Sie ihn weg, oder setzen Sie {{username}} in die Vorlage; er darf keinen Doppelpunkt enthalten.</translation>
    </message>
    <message>
        <source>Leave it out.</source>
        <translation>Lassen Sie das weg.</translation>
    </message>
    <message>
        <source>Leave {0}</source>
        <translation>{0} bleibt</translation>
    </message>
    <message>
        <source>Let a client pair</source>
        <translation>Client koppeln lassen</translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation>Aufrufe zulassen</translation>
    </message>
    <message>
        <source>Let calls pass again?</source>
        <translation>Aufrufe wieder zulassen?</translation>
    </message>
    <message>
        <source>Let it in again in Keyfob.</source>
        <translation>Lassen Sie ihn in Keyfob wieder herein.</translation>
    </message>
    <message>
        <source>Let it name a file of certificates in PEM form, or unset it.</source>
        <translation>Lassen Sie es eine Datei mit Zertifikaten im PEM-Format nennen, oder löschen Sie die Variable.</translation>
    </message>
    <message>
        <source>Let programs know and call the tool {0} of {1}?</source>
        <translation>Programme das Werkzeug {0} von {1} kennen und aufrufen lassen?</translation>
    </message>
    <message>
        <source>Let programs know and call {0} tools of {1}?</source>
        <translation>Programme {0} Werkzeuge von {1} kennen und aufrufen lassen?</translation>
    </message>
    <message>
        <source>List tools or globs, like [&quot;delete_*&quot;].</source>
        <translation>Nennen Sie Werkzeuge oder Muster wie [&quot;delete_*&quot;].</translation>
    </message>
    <message>
        <source>Look at HTTPS_PROXY, at the system&apos;s settings or at network.proxy in config.toml, or name the server in NO_PROXY.</source>
        <translation>Sehen Sie HTTPS_PROXY, die Einstellungen des Systems oder network.proxy in config.toml an, oder nennen Sie den Server in NO_PROXY.</translation>
    </message>
    <message>
        <source>Look at it and the folder that it lies in.</source>
        <translation>Sehen Sie sich die Datei und ihren Ordner an.</translation>
    </message>
    <message>
        <source>Look at it there, then connect the account again with what is good now.</source>
        <translation>Sehen Sie dort nach, und verbinden Sie das Konto dann mit dem, was jetzt gilt.</translation>
    </message>
    <message>
        <source>Look at servers.{0}.command in config.toml.</source>
        <translation>Sehen Sie servers.{0}.command in config.toml an.</translation>
    </message>
    <message>
        <source>Look at servers.{0}.env in config.toml.</source>
        <translation>Sehen Sie servers.{0}.env in config.toml an.</translation>
    </message>
    <message>
        <source>Look at the disk.</source>
        <translation>Sehen Sie nach dem Datenträger.</translation>
    </message>
    <message>
        <source>Look at the tool&apos;s arguments.</source>
        <translation>Sehen Sie sich die Argumente des Werkzeugs an.</translation>
    </message>
    <message>
        <source>Look at {0}.</source>
        <translation>Sehen Sie {0} an.</translation>
    </message>
    <message>
        <source>Look for Keyfob among the connected apps of your account there.</source>
        <translation>Suchen Sie dort unter den verbundenen Apps Ihres Kontos nach Keyfob.</translation>
    </message>
    <message>
        <source>Look for a second Keyfob and end it.</source>
        <translation>Suchen Sie nach einem zweiten Keyfob, und beenden Sie es.</translation>
    </message>
    <message>
        <source>Look what lies there.</source>
        <translation>Sehen Sie nach, was dort liegt.</translation>
    </message>
    <message>
        <source>Look where the file lies.</source>
        <translation>Sehen Sie nach, wo die Datei liegt.</translation>
    </message>
    <message>
        <source>Look whether it runs and whether your network does.</source>
        <translation>Sehen Sie nach, ob er läuft und ob Ihr Netzwerk funktioniert.</translation>
    </message>
    <message>
        <source>Look whether it runs.</source>
        <translation>Sehen Sie nach, ob er läuft.</translation>
    </message>
    <message>
        <source>Look whether it was written.</source>
        <translation>Sehen Sie nach, ob sie geschrieben wurde.</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>Ansehen…</translation>
    </message>
    <message>
        <source>Make a client token</source>
        <translation>Client-Token erstellen</translation>
    </message>
    <message>
        <source>Make a new one with `keyfob client token NAME`.</source>
        <translation>Erstellen Sie mit `keyfob client token NAME` ein neues.</translation>
    </message>
    <message>
        <source>Make a new one, then replace it.</source>
        <translation>Erstellen Sie einen neuen, und ersetzen Sie ihn dann.</translation>
    </message>
    <message>
        <source>Make a token with which {0} can reach the server {1} through Keyfob?</source>
        <translation>Ein Token erstellen, mit dem {0} den Server {1} über Keyfob erreichen kann?</translation>
    </message>
    <message>
        <source>Make a token with which {0} can reach your servers through Keyfob?</source>
        <translation>Ein Token erstellen, mit dem {0} Ihre Server über Keyfob erreichen kann?</translation>
    </message>
    <message>
        <source>Make an app of your own there with the redirect URI {0} (any port), then connect with --client-id ID.</source>
        <translation>Erstellen Sie dort eine eigene App mit der Redirect-URI {0} (jeder Port), und verbinden Sie dann mit --client-id ID.</translation>
    </message>
    <message>
        <source>Make an app of your own there with the redirect URI {0}, then connect with --client-id ID.</source>
        <translation>Erstellen Sie dort eine eigene App mit der Redirect-URI {0}, und verbinden Sie dann mit --client-id ID.</translation>
    </message>
    <message>
        <source>Make new tokens for your clients if another program held the port.</source>
        <translation>Erstellen Sie neue Tokens für Ihre Clients, falls das andere Programm den Port belegt hatte.</translation>
    </message>
    <message>
        <source>Make one with `keyfob client token NAME` and send it as a Bearer token.</source>
        <translation>Erstellen Sie mit `keyfob client token NAME` eines, und senden Sie es als Bearer-Token.</translation>
    </message>
    <message>
        <source>Make one without --in-url, or pair at /pair/mcp, for several servers.</source>
        <translation>Erstellen Sie für mehrere Server eines ohne --in-url, oder koppeln Sie unter /pair/mcp.</translation>
    </message>
    <message>
        <source>Make room: nothing is forwarded while the log cannot be written.</source>
        <translation>Schaffen Sie Platz: Nichts wird weitergeleitet, solange das Protokoll nicht geschrieben werden kann.</translation>
    </message>
    <message>
        <source>Make two groups of it.</source>
        <translation>Machen Sie zwei Gruppen daraus.</translation>
    </message>
    <message>
        <source>Manage the workspace</source>
        <translation>Den Workspace verwalten</translation>
    </message>
    <message>
        <source>Manage webhooks of your repositories</source>
        <translation>Webhooks Ihrer Repositorys verwalten</translation>
    </message>
    <message>
        <source>Manage your SSH keys, which open your repositories</source>
        <translation>Ihre SSH-Schlüssel verwalten, die Ihre Repositorys öffnen</translation>
    </message>
    <message>
        <source>Manage your organizations, their teams and members</source>
        <translation>Ihre Organisationen, deren Teams und Mitglieder verwalten</translation>
    </message>
    <message>
        <source>Measures networks from many places and changes nothing: good for trying a sign-in.</source>
        <translation>Misst Netzwerke von vielen Orten aus und ändert nichts: gut, um eine Anmeldung auszuprobieren.</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Missing arguments: {0}.</source>
        <translation>Fehlende Argumente: {0}.</translation>
    </message>
    <message>
        <source>Move again, from the old store to the new one.</source>
        <translation>Verschieben Sie erneut, vom alten Speicher in den neuen.</translation>
    </message>
    <message>
        <source>Move every secret to the store {0}?</source>
        <translation>Alle Geheimnisse in den Speicher {0} verschieben?</translation>
    </message>
    <message>
        <source>Move servers out of a client</source>
        <translation>Server aus einem Client übernehmen</translation>
    </message>
    <message>
        <source>Move the audit folder away and erase that item to begin a new log.</source>
        <translation>Verschieben Sie den Audit-Ordner an einen anderen Ort, und löschen Sie dieses Element, um ein neues Protokoll zu beginnen.</translation>
    </message>
    <message>
        <source>Move what {0} keeps in plain text into your keychain, and let Keyfob reach its servers?</source>
        <translation>Was {0} im Klartext aufbewahrt, in Ihren Schlüsselbund verschieben und Keyfob dessen Server erreichen lassen?</translation>
    </message>
    <message>
        <source>Move your secrets</source>
        <translation>Geheimnisse verschieben</translation>
    </message>
    <message>
        <source>Move {0}</source>
        <translation>{0} verschieben</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Name a server, or a --provider.</source>
        <translation>Nennen Sie einen Server oder einen --provider.</translation>
    </message>
    <message>
        <source>Name a server, or an origin in origins.</source>
        <translation>Nennen Sie einen Server oder einen Ursprung in origins.</translation>
    </message>
    <message>
        <source>Name the program behind the batch file, such as node with a script&apos;s path.</source>
        <translation>Nennen Sie das Programm hinter der Batch-Datei, etwa node mit dem Pfad eines Skripts.</translation>
    </message>
    <message>
        <source>Name whose token it takes by --provider, or store a key by --method api-key.</source>
        <translation>Nennen Sie mit --provider, wessen Token es nimmt, oder speichern Sie mit --method api-key einen Schlüssel.</translation>
    </message>
    <message>
        <source>New tool</source>
        <translation>Neues Werkzeug</translation>
    </message>
    <message>
        <source>No client token.</source>
        <translation>Kein Client-Token.</translation>
    </message>
    <message>
        <source>No client&apos;s file has an entry of Keyfob&apos;s.</source>
        <translation>In keiner Datei eines Clients steht ein Eintrag von Keyfob.</translation>
    </message>
    <message>
        <source>No dynamic registration: an internal or a published app of your own workspace is needed.</source>
        <translation>Keine dynamische Registrierung: Nötig ist eine interne oder veröffentlichte App Ihres eigenen Workspace.</translation>
    </message>
    <message>
        <source>No dynamic registration: bring an app of your own, or a personal access token.</source>
        <translation>Keine dynamische Registrierung: Bringen Sie eine eigene App oder ein persönliches Zugriffs-Token mit.</translation>
    </message>
    <message>
        <source>No edit of config.toml waits for your yes.</source>
        <translation>Keine Änderung an config.toml wartet auf Ihr Ja.</translation>
    </message>
    <message>
        <source>No secret was found in it.</source>
        <translation>Es wurde kein Geheimnis darin gefunden.</translation>
    </message>
    <message>
        <source>No sign-in of the account {0} waits for an address.</source>
        <translation>Keine Anmeldung des Kontos {0} wartet auf eine Adresse.</translation>
    </message>
    <message>
        <source>No tool waits for your approval.</source>
        <translation>Kein Werkzeug wartet auf Ihre Freigabe.</translation>
    </message>
    <message>
        <source>No tool waits there.</source>
        <translation>Dort wartet kein Werkzeug.</translation>
    </message>
    <message>
        <source>Nobody answered whether {0} may call {1}.</source>
        <translation>Niemand hat geantwortet, ob {0} {1} aufrufen darf.</translation>
    </message>
    <message>
        <source>Nobody answered.</source>
        <translation>Niemand hat geantwortet.</translation>
    </message>
    <message>
        <source>Nobody but the program can tell whether it is good.</source>
        <translation>Nur das Programm selbst kann sagen, ob er gültig ist.</translation>
    </message>
    <message>
        <source>Nobody can answer. Start the Keyfob tray app.</source>
        <translation>Niemand kann antworten. Starten Sie Keyfob mit seinem Fenster.</translation>
    </message>
    <message>
        <source>Nobody can be asked whether {0} may call {1}.</source>
        <translation>Niemand kann gefragt werden, ob {0} {1} aufrufen darf.</translation>
    </message>
    <message>
        <source>Nobody is there to answer this.</source>
        <translation>Niemand ist da, um das zu beantworten.</translation>
    </message>
    <message>
        <source>Nothing has changed: the old store is still in use. Look at the new one, then try again.</source>
        <translation>Nichts hat sich geändert: Der alte Speicher ist weiter in Gebrauch. Sehen Sie sich den neuen an, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Nothing is forwarded until it can be. Make room on the disk, or check the folder.</source>
        <translation>Bis dahin wird nichts weitergeleitet. Schaffen Sie Platz auf dem Datenträger, oder prüfen Sie den Ordner.</translation>
    </message>
    <message>
        <source>Nothing is lost. Try again in a few minutes.</source>
        <translation>Nichts ist verloren. Versuchen Sie es in ein paar Minuten erneut.</translation>
    </message>
    <message>
        <source>Nothing is lost: Keyfob asks it once more before it asks you.</source>
        <translation>Nichts ist verloren: Keyfob fragt dort noch einmal nach, bevor es Sie fragt.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Nothing was changed. Correct it in an editor, then try again.</source>
        <translation>Nichts wurde geändert. Berichtigen Sie sie in einem Editor, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Nothing was changed. Look at it again with --dry-run.</source>
        <translation>Nichts wurde geändert. Sehen Sie es sich mit --dry-run noch einmal an.</translation>
    </message>
    <message>
        <source>Nothing was changed. Write the entry by hand, as `--dry-run` shows it.</source>
        <translation>Nichts wurde geändert. Schreiben Sie den Eintrag von Hand, wie `--dry-run` ihn zeigt.</translation>
    </message>
    <message>
        <source>Nothing was deleted. Put back a copy of it from a backup, or move it away (with {0}-wal beside it) and start again: clients then need new tokens and accounts a new sign-in.</source>
        <translation>Nichts wurde gelöscht. Legen Sie eine Kopie aus einer Sicherung zurück, oder verschieben Sie die Datei (samt {0}-wal daneben) und starten Sie erneut: Clients brauchen dann neue Tokens und Konten eine neue Anmeldung.</translation>
    </message>
    <message>
        <source>Nothing was sent to it. Start the sign-in again.</source>
        <translation>Nichts wurde dorthin gesendet. Beginnen Sie die Anmeldung erneut.</translation>
    </message>
    <message>
        <source>Nothing was stored. Look whether it was copied whole.</source>
        <translation>Nichts wurde gespeichert. Prüfen Sie, ob er ganz kopiert wurde.</translation>
    </message>
    <message>
        <source>Nothing was stored. Try again, or keep the key unchecked with --no-check.</source>
        <translation>Nichts wurde gespeichert. Versuchen Sie es erneut, oder behalten Sie den Schlüssel mit --no-check ungeprüft.</translation>
    </message>
    <message>
        <source>OAuth 2 (no flow){0}</source>
        <translation>OAuth 2 (kein Ablauf){0}</translation>
    </message>
    <message>
        <source>One edit of config.toml allows more and waits for your yes.</source>
        <translation>Eine Änderung an config.toml erlaubt mehr und wartet auf Ihr Ja.</translation>
    </message>
    <message>
        <source>Open Keychain Access and see that the login keychain is there and lets Keyfob in.</source>
        <translation>Öffnen Sie die Schlüsselbundverwaltung, und sehen Sie nach, ob der Schlüsselbund „Anmeldung“ da ist und Keyfob einlässt.</translation>
    </message>
    <message>
        <source>Open Security &amp; access and create a personal API key; choose Read only where that is enough.</source>
        <translation>Öffnen Sie „Security &amp; access“, und erstellen Sie einen persönlichen API-Schlüssel; wählen Sie „Read only“, wo das genügt.</translation>
    </message>
    <message>
        <source>Open the account settings and create an API key.</source>
        <translation>Öffnen Sie die Kontoeinstellungen, und erstellen Sie einen API-Schlüssel.</translation>
    </message>
    <message>
        <source>Open the dashboard and create an API key.</source>
        <translation>Öffnen Sie das Dashboard, und erstellen Sie einen API-Schlüssel.</translation>
    </message>
    <message>
        <source>Open the developer console and create an app of the kind MCP app.</source>
        <translation>Öffnen Sie die Developer-Konsole, und erstellen Sie eine App der Art „MCP app“.</translation>
    </message>
    <message>
        <source>Open the page and add an API key.</source>
        <translation>Öffnen Sie die Seite, und fügen Sie einen API-Schlüssel hinzu.</translation>
    </message>
    <message>
        <source>Open the page and choose a fine-grained token.</source>
        <translation>Öffnen Sie die Seite, und wählen Sie ein „fine-grained token“.</translation>
    </message>
    <message>
        <source>Open the page and copy or create an API key.</source>
        <translation>Öffnen Sie die Seite, und kopieren oder erstellen Sie einen API-Schlüssel.</translation>
    </message>
    <message>
        <source>Open the page and create a token of the kind Read, or a fine-grained one.</source>
        <translation>Öffnen Sie die Seite, und erstellen Sie ein Token der Art „Read“ oder ein feingranulares.</translation>
    </message>
    <message>
        <source>Open the page and create an API key.</source>
        <translation>Öffnen Sie die Seite, und erstellen Sie einen API-Schlüssel.</translation>
    </message>
    <message>
        <source>Open the page and create an API key; one for a single project reaches less.</source>
        <translation>Öffnen Sie die Seite, und erstellen Sie einen API-Schlüssel; einer für ein einzelnes Projekt erreicht weniger.</translation>
    </message>
    <message>
        <source>Open the page and create an API token with scopes.</source>
        <translation>Öffnen Sie die Seite, und erstellen Sie ein API-Token mit Berechtigungen.</translation>
    </message>
    <message>
        <source>Open the page and create an API token; a limited one reaches only what you choose.</source>
        <translation>Öffnen Sie die Seite, und erstellen Sie ein API-Token; ein eingeschränktes erreicht nur, was Sie wählen.</translation>
    </message>
    <message>
        <source>Open the page and generate a token. It reaches all your organizations: prefer the sign-in.</source>
        <translation>Öffnen Sie die Seite, und erzeugen Sie ein Token. Es erreicht alle Ihre Organisationen: Besser ist die Anmeldung.</translation>
    </message>
    <message>
        <source>Open the page for a new OAuth app and name it, for example Keyfob.</source>
        <translation>Öffnen Sie die Seite für eine neue OAuth-App, und nennen Sie sie zum Beispiel Keyfob.</translation>
    </message>
    <message>
        <source>Open this address in a browser by hand (PKCE S256): {0}</source>
        <translation>Öffnen Sie diese Adresse selbst in einem Browser (PKCE S256): {0}</translation>
    </message>
    <message>
        <source>OpenID Connect at {0}</source>
        <translation>OpenID Connect bei {0}</translation>
    </message>
    <message>
        <source>Opened the browser (PKCE S256): {0}</source>
        <translation>Browser geöffnet (PKCE S256): {0}</translation>
    </message>
    <message>
        <source>Personal API token</source>
        <translation>Persönliches API-Token</translation>
    </message>
    <message>
        <source>Personal access token</source>
        <translation>Persönliches Zugriffs-Token</translation>
    </message>
    <message>
        <source>Pipe the key in with --secret-stdin.</source>
        <translation>Übergeben Sie den Schlüssel mit --secret-stdin.</translation>
    </message>
    <message>
        <source>Pipe them in, one a line, with --secret-stdin.</source>
        <translation>Übergeben Sie sie mit --secret-stdin, einen je Zeile.</translation>
    </message>
    <message>
        <source>Point a client at Keyfob</source>
        <translation>Client auf Keyfob richten</translation>
    </message>
    <message>
        <source>Port {0}, on which the sign-in has to answer, is taken by another program.</source>
        <translation>Port {0}, auf dem die Anmeldung antworten muss, ist von einem anderen Programm belegt.</translation>
    </message>
    <message>
        <source>Prefer a restricted key: its permissions are all that a tool can do.</source>
        <translation>Besser ist ein eingeschränkter Schlüssel: Mehr als seine Rechte kann kein Werkzeug tun.</translation>
    </message>
    <message>
        <source>Publish packages</source>
        <translation>Pakete veröffentlichen</translation>
    </message>
    <message>
        <source>Put in force what was edited by hand?</source>
        <translation>Von Hand Geändertes in Kraft setzen?</translation>
    </message>
    <message>
        <source>Put it back. If there is none, begin a new one and connect your accounts anew: `keyfob store unlock --accept-older`.</source>
        <translation>Legen Sie sie zurück. Gibt es keine, beginnen Sie eine neue und verbinden Sie Ihre Konten neu: `keyfob store unlock --accept-older`.</translation>
    </message>
    <message>
        <source>Put the newer one back. If there is none, go on with this one, and sign in again where a token was renewed since: `keyfob store unlock --accept-older`.</source>
        <translation>Legen Sie die neuere zurück. Gibt es keine, arbeiten Sie mit dieser weiter und melden Sie sich dort neu an, wo seither ein Token erneuert wurde: `keyfob store unlock --accept-older`.</translation>
    </message>
    <message>
        <source>Put the right file in its place, or choose another store.</source>
        <translation>Legen Sie die richtige Datei an ihre Stelle, oder wählen Sie einen anderen Speicher.</translation>
    </message>
    <message>
        <source>Put the servers that were moved out of {0} back into its files, with their secrets in plain text?</source>
        <translation>Die Server, die aus {0} verschoben wurden, in dessen Dateien zurückschreiben, mit ihren Geheimnissen im Klartext?</translation>
    </message>
    <message>
        <source>Put those into HTTPS_PROXY.</source>
        <translation>Setzen Sie diese in HTTPS_PROXY.</translation>
    </message>
    <message>
        <source>PySide6 6.12 crashes on this Python: install 6.11, or Python 3.12 or newer.</source>
        <translation>PySide6 6.12 stürzt mit diesem Python ab: Installieren Sie 6.11, oder Python 3.12 oder neuer.</translation>
    </message>
    <message>
        <source>Quit it and start the same version as this command&apos;s.</source>
        <translation>Beenden Sie es, und starten Sie dieselbe Version wie die dieses Befehls.</translation>
    </message>
    <message>
        <source>Raise max_body_mib in [relay].</source>
        <translation>Erhöhen Sie max_body_mib in [relay].</translation>
    </message>
    <message>
        <source>Read all your files</source>
        <translation>Alle Ihre Dateien lesen</translation>
    </message>
    <message>
        <source>Read all your mail</source>
        <translation>Alle Ihre E-Mails lesen</translation>
    </message>
    <message>
        <source>Read and change all your repositories, the private ones too</source>
        <translation>Alle Ihre Repositorys lesen und ändern, auch die privaten</translation>
    </message>
    <message>
        <source>Read and change projects</source>
        <translation>Projekte lesen und ändern</translation>
    </message>
    <message>
        <source>Read and change the events in your calendars</source>
        <translation>Termine in Ihren Kalendern lesen und ändern</translation>
    </message>
    <message>
        <source>Read and change the files that it opens or makes itself</source>
        <translation>Dateien lesen und ändern, die es selbst öffnet oder erstellt</translation>
    </message>
    <message>
        <source>Read and change your profile</source>
        <translation>Ihr Profil lesen und ändern</translation>
    </message>
    <message>
        <source>Read and change your public repositories</source>
        <translation>Ihre öffentlichen Repositorys lesen und ändern</translation>
    </message>
    <message>
        <source>Read and dismiss security alerts</source>
        <translation>Sicherheitswarnungen lesen und verwerfen</translation>
    </message>
    <message>
        <source>Read and set the state of commits</source>
        <translation>Den Status von Commits lesen und setzen</translation>
    </message>
    <message>
        <source>Under Authentication add the platform Mobile and desktop applications and enter the redirect address that Keyfob shows.</source>
        <translation>Fügen Sie unter „Authentication“ die Plattform „Mobile and desktop applications“ hinzu und geben Sie die Redirect-Adresse ein, die Keyfob zeigt.</translation>
    </message>
    <message>
        <source>Erased {0} secrets from the old store.</source>
        <translation>{0} Geheimnisse aus dem alten Speicher gelöscht.</translation>
    </message>
    <message>
        <source>A key is stored with --method api-key; a client&apos;s secret needs its --client-id.</source>
        <translation>Ein Schlüssel wird mit --method api-key abgelegt; zum Geheimnis eines Clients gehört seine --client-id.</translation>
    </message>
    <message>
        <source>Bundle it anew.</source>
        <translation>Fassen Sie das Dokument neu zusammen.</translation>
    </message>
    <message>
        <source>Cannot cancel a task that is {0}.</source>
        <translation>Eine Aufgabe mit dem Zustand {0} kann nicht abgebrochen werden.</translation>
    </message>
    <message>
        <source>Declare io.modelcontextprotocol/tasks in the request&apos;s clientCapabilities.extensions.</source>
        <translation>io.modelcontextprotocol/tasks in clientCapabilities.extensions der Anfrage nennen.</translation>
    </message>
    <message>
        <source>Give one, or leave it out.</source>
        <translation>Geben Sie einen Wert an, oder lassen Sie ihn weg.</translation>
    </message>
    <message>
        <source>It was not used. If whoever runs that server confirms the name, add it to metadata_issuers in the provider&apos;s profile in providers.toml.</source>
        <translation>Sie wurden nicht verwendet. Wenn der Betreiber dieses Servers den Namen bestätigt, tragen Sie ihn in providers.toml unter metadata_issuers im Profil des Anbieters ein.</translation>
    </message>
    <message>
        <source>Its {0} is put together by the client.</source>
        <translation>{0}: Das wird vom Client zusammengesetzt.</translation>
    </message>
    <message>
        <source>Leave it out where there shall be no end.</source>
        <translation>Lassen Sie es weg, wenn es kein Ende geben soll.</translation>
    </message>
    <message>
        <source>Read canvases</source>
        <translation>Canvases lesen</translation>
    </message>
    <message>
        <source>Read data in BigQuery</source>
        <translation>Daten in BigQuery lesen</translation>
    </message>
    <message>
        <source>Read errors and events</source>
        <translation>Fehler und Ereignisse lesen</translation>
    </message>
    <message>
        <source>Read issues, projects and documents of your workspace</source>
        <translation>Issues, Projekte und Dokumente Ihres Workspace lesen</translation>
    </message>
    <message>
        <source>Read messages in public channels</source>
        <translation>Nachrichten in öffentlichen Channels lesen</translation>
    </message>
    <message>
        <source>Read messages in the private channels you are in</source>
        <translation>Nachrichten in den privaten Channels lesen, in denen Sie sind</translation>
    </message>
    <message>
        <source>Read projects</source>
        <translation>Projekte lesen</translation>
    </message>
    <message>
        <source>Read teams</source>
        <translation>Teams lesen</translation>
    </message>
    <message>
        <source>Read the events in your calendars</source>
        <translation>Termine in Ihren Kalendern lesen</translation>
    </message>
    <message>
        <source>Read what your roles in Google Cloud allow</source>
        <translation>Lesen, was Ihre Rollen in Google Cloud erlauben</translation>
    </message>
    <message>
        <source>Read your calendars</source>
        <translation>Ihre Kalender lesen</translation>
    </message>
    <message>
        <source>Read your chat messages</source>
        <translation>Ihre Chat-Nachrichten lesen</translation>
    </message>
    <message>
        <source>Read your contacts</source>
        <translation>Ihre Kontakte lesen</translation>
    </message>
    <message>
        <source>Read your direct messages</source>
        <translation>Ihre Direktnachrichten lesen</translation>
    </message>
    <message>
        <source>Read your group messages</source>
        <translation>Ihre Gruppennachrichten lesen</translation>
    </message>
    <message>
        <source>Read your notifications and mark them as read</source>
        <translation>Ihre Benachrichtigungen lesen und als gelesen markieren</translation>
    </message>
    <message>
        <source>Read your organization</source>
        <translation>Ihre Organisation lesen</translation>
    </message>
    <message>
        <source>Read your profile</source>
        <translation>Ihr Profil lesen</translation>
    </message>
    <message>
        <source>Read {0} secrets back and compared them.</source>
        <translation>{0} Geheimnisse zurückgelesen und verglichen.</translation>
    </message>
    <message>
        <source>Read, change and delete all your files</source>
        <translation>Alle Ihre Dateien lesen, ändern und löschen</translation>
    </message>
    <message>
        <source>Read, change and delete data in BigQuery</source>
        <translation>Daten in BigQuery lesen, ändern und löschen</translation>
    </message>
    <message>
        <source>Read, label and move your mail, and send in your name</source>
        <translation>Ihre E-Mails lesen, kennzeichnen und verschieben und in Ihrem Namen senden</translation>
    </message>
    <message>
        <source>Read, send and delete for good all your mail</source>
        <translation>Alle Ihre E-Mails lesen, senden und endgültig löschen</translation>
    </message>
    <message>
        <source>Received a token for {0}, valid until the server says otherwise.</source>
        <translation>Token für {0} erhalten, gültig, bis der Server anderes sagt.</translation>
    </message>
    <message>
        <source>Received a token for {0}, valid until {1} UTC.</source>
        <translation>Token für {0} erhalten, gültig bis {1} UTC.</translation>
    </message>
    <message>
        <source>Register an application of your organization.</source>
        <translation>Registrieren Sie eine Anwendung Ihrer Organisation.</translation>
    </message>
    <message>
        <source>Registered Keyfob at {0} as client {1}.</source>
        <translation>Keyfob bei {0} als Client {1} registriert.</translation>
    </message>
    <message>
        <source>Remove a rule</source>
        <translation>Regel entfernen</translation>
    </message>
    <message>
        <source>Remove it first with `keyfob server remove {0}`, or choose another name.</source>
        <translation>Entfernen Sie ihn zuerst mit `keyfob server remove {0}`, oder wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>Remove it, or set KEYFOB_HOME to a folder of your own.</source>
        <translation>Entfernen Sie ihn, oder setzen Sie KEYFOB_HOME auf einen eigenen Ordner.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>Entfernen Sie das.</translation>
    </message>
    <message>
        <source>Remove some that lie beside it.</source>
        <translation>Entfernen Sie einige, die daneben liegen.</translation>
    </message>
    <message>
        <source>Removed: there was none before.</source>
        <translation>Entfernt: Vorher gab es keine.</translation>
    </message>
    <message>
        <source>Rename the file or folder, or use another one.</source>
        <translation>Benennen Sie die Datei oder den Ordner um, oder nehmen Sie etwas anderes.</translation>
    </message>
    <message>
        <source>Renew it, or pair again.</source>
        <translation>Erneuern Sie es, oder koppeln Sie erneut.</translation>
    </message>
    <message>
        <source>Restart Keyfob, so that both are of one version.</source>
        <translation>Starten Sie Keyfob neu, damit beide dieselbe Version haben.</translation>
    </message>
    <message>
        <source>Restart the Credential Manager service, or sign out and in.</source>
        <translation>Starten Sie den Dienst „Anmeldeinformationsverwaltung“ neu, oder melden Sie sich ab und wieder an.</translation>
    </message>
    <message>
        <source>Restore the file from a backup, or remove it and connect the accounts again.</source>
        <translation>Stellen Sie die Datei aus einer Sicherung wieder her, oder entfernen Sie sie und verbinden Sie die Konten erneut.</translation>
    </message>
    <message>
        <source>Restored byte for byte.</source>
        <translation>Byte für Byte wiederhergestellt.</translation>
    </message>
    <message>
        <source>Restricted key</source>
        <translation>Eingeschränkter Schlüssel</translation>
    </message>
    <message>
        <source>Resume Keyfob</source>
        <translation>Pause von Keyfob beenden</translation>
    </message>
    <message>
        <source>Resume it in Keyfob, or with `keyfob resume`.</source>
        <translation>Beenden Sie die Pause in Keyfob oder mit `keyfob resume`.</translation>
    </message>
    <message>
        <source>Run Keyfob in your own desktop session: a service or an ssh session has no Credential Manager.</source>
        <translation>Führen Sie Keyfob in Ihrer eigenen Desktop-Sitzung aus: Ein Dienst oder eine ssh-Sitzung hat keine Anmeldeinformationsverwaltung.</translation>
    </message>
    <message>
        <source>Run a program as a server</source>
        <translation>Programm als Server ausführen</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>Speichern Sie sie als UTF-8.</translation>
    </message>
    <message>
        <source>Say what an entry is in {0}.</source>
        <translation>Sagen Sie in {0}, was ein Eintrag ist.</translation>
    </message>
    <message>
        <source>Say where a key is sent.</source>
        <translation>Sagen Sie, wohin ein Schlüssel gesendet wird.</translation>
    </message>
    <message>
        <source>Say where in clients.toml.</source>
        <translation>Sagen Sie in clients.toml, wo.</translation>
    </message>
    <message>
        <source>Say where its configuration lies.</source>
        <translation>Sagen Sie, wo seine Konfiguration liegt.</translation>
    </message>
    <message>
        <source>Say where the key is sent.</source>
        <translation>Sagen Sie, wohin der Schlüssel gesendet wird.</translation>
    </message>
    <message>
        <source>Say which service account it is with --kind, such as client-credentials or google.</source>
        <translation>Sagen Sie mit --kind, welches Dienstkonto es ist, etwa client-credentials oder google.</translation>
    </message>
    <message>
        <source>Search files</source>
        <translation>Dateien durchsuchen</translation>
    </message>
    <message>
        <source>Search people</source>
        <translation>Personen suchen</translation>
    </message>
    <message>
        <source>Search public channels</source>
        <translation>Öffentliche Channels durchsuchen</translation>
    </message>
    <message>
        <source>Search the private channels you are in</source>
        <translation>Die privaten Channels durchsuchen, in denen Sie sind</translation>
    </message>
    <message>
        <source>Search your direct messages</source>
        <translation>Ihre Direktnachrichten durchsuchen</translation>
    </message>
    <message>
        <source>Search your group messages</source>
        <translation>Ihre Gruppennachrichten durchsuchen</translation>
    </message>
    <message>
        <source>Secret</source>
        <translation>Geheimnis</translation>
    </message>
    <message>
        <source>See `keyfob account list`.</source>
        <translation>Siehe `keyfob account list`.</translation>
    </message>
    <message>
        <source>See `keyfob client list --all`, or add it to clients.toml.</source>
        <translation>Siehe `keyfob client list --all`, oder fügen Sie ihn in clients.toml hinzu.</translation>
    </message>
    <message>
        <source>See `keyfob client list`.</source>
        <translation>Siehe `keyfob client list`.</translation>
    </message>
    <message>
        <source>See `keyfob config check`, then `keyfob config accept`.</source>
        <translation>Siehe `keyfob config check`, danach `keyfob config accept`.</translation>
    </message>
    <message>
        <source>See `keyfob provider list`, or add it to providers.toml.</source>
        <translation>Sehen Sie in `keyfob provider list` nach, oder fügen Sie ihn in providers.toml hinzu.</translation>
    </message>
    <message>
        <source>See `keyfob rule list`.</source>
        <translation>Siehe `keyfob rule list`.</translation>
    </message>
    <message>
        <source>See `keyfob server log {0}`.</source>
        <translation>Siehe `keyfob server log {0}`.</translation>
    </message>
    <message>
        <source>See `keyfob session list`.</source>
        <translation>Siehe `keyfob session list`.</translation>
    </message>
    <message>
        <source>See `keyfob tool pending`.</source>
        <translation>Siehe `keyfob tool pending`.</translation>
    </message>
    <message>
        <source>See people&apos;s e-mail addresses</source>
        <translation>E-Mail-Adressen anderer sehen</translation>
    </message>
    <message>
        <source>See that its address is that of an MCP server, and its transport in config.toml.</source>
        <translation>Prüfen Sie, ob seine Adresse die eines MCP-Servers ist, und seinen Transport in config.toml.</translation>
    </message>
    <message>
        <source>See that its address is that of an MCP server.</source>
        <translation>Prüfen Sie, ob seine Adresse die eines MCP-Servers ist.</translation>
    </message>
    <message>
        <source>See the people of your workspace</source>
        <translation>Die Personen Ihres Workspace sehen</translation>
    </message>
    <message>
        <source>See the window&apos;s header.</source>
        <translation>Siehe oben im Fenster.</translation>
    </message>
    <message>
        <source>See which organizations and teams you belong to</source>
        <translation>Sehen, zu welchen Organisationen und Teams Sie gehören</translation>
    </message>
    <message>
        <source>See your e-mail addresses</source>
        <translation>Ihre E-Mail-Adressen sehen</translation>
    </message>
    <message>
        <source>Send chat messages in your name</source>
        <translation>Chat-Nachrichten in Ihrem Namen senden</translation>
    </message>
    <message>
        <source>Send flatter ones, or allow the tool with `keyfob rule add`.</source>
        <translation>Senden Sie flachere, oder erlauben Sie das Werkzeug mit `keyfob rule add`.</translation>
    </message>
    <message>
        <source>Send it again.</source>
        <translation>Senden Sie sie erneut.</translation>
    </message>
    <message>
        <source>Send it by POST.</source>
        <translation>Senden Sie es mit POST.</translation>
    </message>
    <message>
        <source>Send it once.</source>
        <translation>Senden Sie ihn einmal.</translation>
    </message>
    <message>
        <source>Send it plain.</source>
        <translation>Senden Sie ihn unkodiert.</translation>
    </message>
    <message>
        <source>Send it to stdin with --secret-stdin, or name its file with --key-file FILE.</source>
        <translation>Senden Sie es mit --secret-stdin an die Standardeingabe, oder nennen Sie seine Datei mit --key-file DATEI.</translation>
    </message>
    <message>
        <source>Send it to stdin with `keyfob unlock --passphrase-stdin`.</source>
        <translation>Senden Sie sie mit `keyfob unlock --passphrase-stdin` an die Standardeingabe.</translation>
    </message>
    <message>
        <source>Send its calls one by one.</source>
        <translation>Senden Sie die Aufrufe einzeln.</translation>
    </message>
    <message>
        <source>Send mail in your name</source>
        <translation>E-Mails in Ihrem Namen senden</translation>
    </message>
    <message>
        <source>Send messages in your name</source>
        <translation>Nachrichten in Ihrem Namen senden</translation>
    </message>
    <message>
        <source>Send one JSON-RPC message.</source>
        <translation>Senden Sie eine einzige JSON-RPC-Nachricht.</translation>
    </message>
    <message>
        <source>Send them one a line: `keyfob connect {0} --secret-stdin`.</source>
        <translation>Senden Sie sie einzeln je Zeile: `keyfob connect {0} --secret-stdin`.</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Service account&apos;s API key</source>
        <translation>API-Schlüssel des Dienstkontos</translation>
    </message>
    <message>
        <source>Set KEYFOB_HOME to a folder of your own inside it.</source>
        <translation>Setzen Sie KEYFOB_HOME auf einen eigenen Ordner darin.</translation>
    </message>
    <message>
        <source>Set an http proxy in HTTPS_PROXY, or name the server in NO_PROXY.</source>
        <translation>Setzen Sie einen HTTP-Proxy in HTTPS_PROXY, oder nennen Sie den Server in NO_PROXY.</translation>
    </message>
    <message>
        <source>Set it to a number from 1 to 65535.</source>
        <translation>Setzen Sie ihn auf eine Zahl von 1 bis 65535.</translation>
    </message>
    <message>
        <source>Set the computer&apos;s clock: sign-ins go by it.</source>
        <translation>Stellen Sie die Uhr des Computers: Anmeldungen richten sich nach ihr.</translation>
    </message>
    <message>
        <source>Set up the consent screen and add yourself as a test user.</source>
        <translation>Richten Sie den Zustimmungsbildschirm ein, und fügen Sie sich selbst als Testnutzer hinzu.</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Sign in again.</source>
        <translation>Melden Sie sich erneut an.</translation>
    </message>
    <message>
        <source>Sign in by</source>
        <translation>Anmelden mit</translation>
    </message>
    <message>
        <source>Sign in from Keyfob&apos;s window when you want to.</source>
        <translation>Melden Sie sich im Fenster von Keyfob an, wenn Sie möchten.</translation>
    </message>
    <message>
        <source>Sign in to Windows at the screen, then try again.</source>
        <translation>Melden Sie sich am Bildschirm bei Windows an, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Sign in to the identity provider first.</source>
        <translation>Melden Sie sich zuerst beim Identitätsanbieter an.</translation>
    </message>
    <message>
        <source>Sign-ins last an hour.</source>
        <translation>Anmeldungen gelten eine Stunde.</translation>
    </message>
    <message>
        <source>Something inside Keyfob failed ({0}).</source>
        <translation>Innerhalb von Keyfob ist etwas fehlgeschlagen ({0}).</translation>
    </message>
    <message>
        <source>Start Keyfob again.</source>
        <translation>Starten Sie Keyfob erneut.</translation>
    </message>
    <message>
        <source>Start Keyfob again; `keyfob doctor` looks why.</source>
        <translation>Starten Sie Keyfob erneut; `keyfob doctor` sucht den Grund.</translation>
    </message>
    <message>
        <source>Start Keyfob first, or give it a port of its own.</source>
        <translation>Starten Sie zuerst Keyfob, oder geben Sie ihm einen eigenen Port.</translation>
    </message>
    <message>
        <source>Start Keyfob itself with `keyfob` to turn it on.</source>
        <translation>Starten Sie Keyfob selbst mit `keyfob`, um das einzuschalten.</translation>
    </message>
    <message>
        <source>Start it again and name it in Keyfob.</source>
        <translation>Starten Sie es erneut, und benennen Sie es in Keyfob.</translation>
    </message>
    <message>
        <source>Start it again if that was not meant.</source>
        <translation>Beginnen Sie sie erneut, falls das nicht gewollt war.</translation>
    </message>
    <message>
        <source>Start it again with `keyfob` or `keyfob serve`, and repeat the command.</source>
        <translation>Starten Sie es mit `keyfob` oder `keyfob serve` erneut, und wiederholen Sie den Befehl.</translation>
    </message>
    <message>
        <source>Start it again.</source>
        <translation>Beginnen Sie erneut.</translation>
    </message>
    <message>
        <source>Start it with `keyfob` or `keyfob serve`.</source>
        <translation>Starten Sie es mit `keyfob` oder `keyfob serve`.</translation>
    </message>
    <message>
        <source>Start it with `keyfob`, or without a window with `keyfob serve`.</source>
        <translation>Starten Sie es mit `keyfob`, oder ohne Fenster mit `keyfob serve`.</translation>
    </message>
    <message>
        <source>Start it, with its window or by `keyfob serve`, then import.</source>
        <translation>Starten Sie es, mit seinem Fenster oder mit `keyfob serve`, und importieren Sie dann.</translation>
    </message>
    <message>
        <source>Start the Keyfob tray app to name it, or set KEYFOB_TOKEN to a client token.</source>
        <translation>Starten Sie Keyfob mit seinem Fenster, um es zu benennen, oder setzen Sie KEYFOB_TOKEN auf ein Client-Token.</translation>
    </message>
    <message>
        <source>Start the Keyfob tray app, or allow it with `keyfob rule add`.</source>
        <translation>Starten Sie Keyfob mit seinem Fenster, oder erlauben Sie es mit `keyfob rule add`.</translation>
    </message>
    <message>
        <source>Start the newer Keyfob, or update this one. Nothing was changed.</source>
        <translation>Starten Sie das neuere Keyfob, oder aktualisieren Sie dieses. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Start the sign-in again for a new one.</source>
        <translation>Beginnen Sie die Anmeldung erneut, um einen neuen zu bekommen.</translation>
    </message>
    <message>
        <source>Start the sign-in again when you are ready.</source>
        <translation>Beginnen Sie die Anmeldung erneut, wenn Sie so weit sind.</translation>
    </message>
    <message>
        <source>Start the sign-in again.</source>
        <translation>Beginnen Sie die Anmeldung erneut.</translation>
    </message>
    <message>
        <source>Stay signed in</source>
        <translation>Angemeldet bleiben</translation>
    </message>
    <message>
        <source>Store it with `keyfob connect {0} --secret-stdin`.</source>
        <translation>Speichern Sie es mit `keyfob connect {0} --secret-stdin`.</translation>
    </message>
    <message>
        <source>Stored in {0} as account/{1}.</source>
        <translation>Gespeichert in {0} als account/{1}.</translation>
    </message>
    <message>
        <source>Take 127.0.0.1, localhost or [::1].</source>
        <translation>Nehmen Sie 127.0.0.1, localhost oder [::1].</translation>
    </message>
    <message>
        <source>Take it out there.</source>
        <translation>Nehmen Sie es dort heraus.</translation>
    </message>
    <message>
        <source>Tell the server&apos;s people, and see that this machine&apos;s clock is right.</source>
        <translation>Sagen Sie es den Betreibern des Servers, und prüfen Sie, ob die Uhr dieses Computers stimmt.</translation>
    </message>
    <message>
        <source>That is not the answer to this sign-in. Paste the whole address that the browser ended on; it begins with {0}?</source>
        <translation>Das ist nicht die Antwort auf diese Anmeldung. Fügen Sie die ganze Adresse ein, bei der der Browser endete; sie beginnt mit {0}?</translation>
    </message>
    <message>
        <source>The API at {0} does not answer in {1} seconds.</source>
        <translation>Die API unter {0} antwortet nicht innerhalb von {1} Sekunden.</translation>
    </message>
    <message>
        <source>The API encodes its answer although it was asked not to.</source>
        <translation>Die API kodiert ihre Antwort, obwohl sie gebeten wurde, das nicht zu tun.</translation>
    </message>
    <message>
        <source>The Cloudflare account is chosen on Cloudflare&apos;s own page; connect once for each.</source>
        <translation>Das Cloudflare-Konto wird auf Cloudflares eigener Seite gewählt; verbinden Sie jedes einzeln.</translation>
    </message>
    <message>
        <source>The Host header names another machine.</source>
        <translation>Der Host-Header nennt einen anderen Computer.</translation>
    </message>
    <message>
        <source>The ID token of the identity provider has expired.</source>
        <translation>Das ID-Token des Identitätsanbieters ist abgelaufen.</translation>
    </message>
    <message>
        <source>The account {0} belongs to {1}, not to {2}.</source>
        <translation>Das Konto {0} gehört zu {1}, nicht zu {2}.</translation>
    </message>
    <message>
        <source>The account {0} has nothing to refresh with.</source>
        <translation>Das Konto {0} hat nichts, womit es sich erneuern ließe.</translation>
    </message>
    <message>
        <source>The account {0} is gone.</source>
        <translation>Das Konto {0} ist nicht mehr da.</translation>
    </message>
    <message>
        <source>The account {0} is not connected.</source>
        <translation>Das Konto {0} ist nicht verbunden.</translation>
    </message>
    <message>
        <source>The account&apos;s credential belongs to {0}, not to this API.</source>
        <translation>Die Zugangsdaten des Kontos gehören zu {0}, nicht zu dieser API.</translation>
    </message>
    <message>
        <source>The account&apos;s token is bound to a key of ours, which {0} cannot use.</source>
        <translation>Das Token des Kontos ist an einen Schlüssel von Keyfob gebunden, den {0} nicht verwenden kann.</translation>
    </message>
    <message>
        <source>The address names a repository: https://gitmcp.io/OWNER/REPOSITORY.</source>
        <translation>Die Adresse nennt ein Repository: https://gitmcp.io/OWNER/REPOSITORY.</translation>
    </message>
    <message>
        <source>The answer comes from {0}, not from {1}.</source>
        <translation>Die Antwort kommt von {0}, nicht von {1}.</translation>
    </message>
    <message>
        <source>The answer goes on; this is its first {0} KiB. Ask for less of it.</source>
        <translation>Die Antwort geht weiter; dies sind die ersten {0} KiB. Fragen Sie weniger davon an.</translation>
    </message>
    <message>
        <source>The answer is longer than {0} MiB of {1}.</source>
        <translation>Die Antwort ist länger als {0} MiB vom Typ {1}.</translation>
    </message>
    <message>
        <source>The answer of the sign-in says the same thing twice.</source>
        <translation>Die Antwort der Anmeldung sagt dasselbe zweimal.</translation>
    </message>
    <message>
        <source>The answer was no.</source>
        <translation>Die Antwort war Nein.</translation>
    </message>
    <message>
        <source>The arguments cannot be sent: {0}</source>
        <translation>Die Argumente können nicht gesendet werden: {0}</translation>
    </message>
    <message>
        <source>The arguments for {0} are nested deeper than anybody can be shown.</source>
        <translation>Die Argumente für {0} sind tiefer verschachtelt, als sich jemandem zeigen lässt.</translation>
    </message>
    <message>
        <source>The arguments must be an object.</source>
        <translation>Die Argumente müssen ein Objekt sein.</translation>
    </message>
    <message>
        <source>The arguments&apos; inner structure is left out: it is too large.</source>
        <translation>Der innere Aufbau der Argumente ist weggelassen: Er ist zu groß.</translation>
    </message>
    <message>
        <source>The audit log could not be verified: {0}</source>
        <translation>Das Protokoll konnte nicht geprüft werden: {0}</translation>
    </message>
    <message>
        <source>The audit log in {0} cannot be read: {1}.</source>
        <translation>Das Protokoll in {0} kann nicht gelesen werden: {1}.</translation>
    </message>
    <message>
        <source>The audit log in {0} cannot be written: {1}.</source>
        <translation>Das Protokoll in {0} kann nicht geschrieben werden: {1}.</translation>
    </message>
    <message>
        <source>The audit log is closed.</source>
        <translation>Das Protokoll ist geschlossen.</translation>
    </message>
    <message>
        <source>The audit log is large ({0} MiB) and was not verified now.</source>
        <translation>Das Protokoll ist groß ({0} MiB) und wurde jetzt nicht geprüft.</translation>
    </message>
    <message>
        <source>The audit log is not whole: {0} ({1}).</source>
        <translation>Das Protokoll ist nicht vollständig: {0} ({1}).</translation>
    </message>
    <message>
        <source>The audit log is not whole: {0}.</source>
        <translation>Das Protokoll ist nicht vollständig: {0}.</translation>
    </message>
    <message>
        <source>The audit log is shut, because its key lies in a keychain that is not open.</source>
        <translation>Das Protokoll ist verschlossen, weil sein Schlüssel in einem Schlüsselbund liegt, der nicht offen ist.</translation>
    </message>
    <message>
        <source>The audit log is whole: {0} events.</source>
        <translation>Das Protokoll ist vollständig: {0} Ereignisse.</translation>
    </message>
    <message>
        <source>The authorization server {0} publishes no metadata.</source>
        <translation>Der Anmeldeserver {0} veröffentlicht keine Metadaten.</translation>
    </message>
    <message>
        <source>The batch needs several accounts ({0}).</source>
        <translation>Der Stapel braucht mehrere Konten ({0}).</translation>
    </message>
    <message>
        <source>The body has a content coding.</source>
        <translation>Der Inhalt ist kodiert.</translation>
    </message>
    <message>
        <source>The body has a key twice.</source>
        <translation>Der Inhalt enthält einen Schlüssel zweimal.</translation>
    </message>
    <message>
        <source>The body is longer than {0} bytes.</source>
        <translation>Der Inhalt ist länger als {0} Bytes.</translation>
    </message>
    <message>
        <source>The body is no JSON-RPC.</source>
        <translation>Der Inhalt ist kein JSON-RPC.</translation>
    </message>
    <message>
        <source>The body is not JSON.</source>
        <translation>Der Inhalt ist kein JSON.</translation>
    </message>
    <message>
        <source>The browser brought no answer within {0} seconds.</source>
        <translation>Der Browser hat innerhalb von {0} Sekunden keine Antwort gebracht.</translation>
    </message>
    <message>
        <source>The call to {0} failed: {1}</source>
        <translation>Der Aufruf an {0} ist fehlgeschlagen: {1}</translation>
    </message>
    <message>
        <source>The call would leave the API&apos;s address.</source>
        <translation>Der Aufruf würde die Adresse der API verlassen.</translation>
    </message>
    <message>
        <source>The certificate of {0} is issued by {1}, whom this system does not trust ({2}).</source>
        <translation>Das Zertifikat von {0} ist von {1} ausgestellt, dem dieses System nicht vertraut ({2}).</translation>
    </message>
    <message>
        <source>The certificate of {0} is not good: {1}.</source>
        <translation>Das Zertifikat von {0} ist nicht gültig: {1}.</translation>
    </message>
    <message>
        <source>The certificate of {0} is one that this system does not trust ({1}).</source>
        <translation>Dem Zertifikat von {0} vertraut dieses System nicht ({1}).</translation>
    </message>
    <message>
        <source>The client can be asked only in the answer to a call.</source>
        <translation>Der Client kann nur in der Antwort auf einen Aufruf gefragt werden.</translation>
    </message>
    <message>
        <source>The client can be asked only while one call of it is under way.</source>
        <translation>Der Client kann nur gefragt werden, solange ein Aufruf von ihm läuft.</translation>
    </message>
    <message>
        <source>The client closed the stream.</source>
        <translation>Der Client hat den Datenstrom geschlossen.</translation>
    </message>
    <message>
        <source>The client did not answer what the server asked.</source>
        <translation>Der Client hat nicht beantwortet, was der Server gefragt hat.</translation>
    </message>
    <message>
        <source>The client does not answer {0}.</source>
        <translation>Der Client beantwortet {0} nicht.</translation>
    </message>
    <message>
        <source>The client does not read what the program says.</source>
        <translation>Der Client liest nicht, was das Programm ausgibt.</translation>
    </message>
    <message>
        <source>The client left.</source>
        <translation>Der Client ist gegangen.</translation>
    </message>
    <message>
        <source>The client token has expired.</source>
        <translation>Das Client-Token ist abgelaufen.</translation>
    </message>
    <message>
        <source>The client token is not known, or was revoked.</source>
        <translation>Das Client-Token ist nicht bekannt oder wurde widerrufen.</translation>
    </message>
    <message>
        <source>The clock agrees with the audit log.</source>
        <translation>Die Uhr stimmt mit dem Protokoll überein.</translation>
    </message>
    <message>
        <source>The clock is {0} minutes behind the audit log&apos;s last event.</source>
        <translation>Die Uhr geht {0} Minuten hinter dem letzten Ereignis des Protokolls.</translation>
    </message>
    <message>
        <source>The code ran out before it was entered.</source>
        <translation>Der Code ist abgelaufen, bevor er eingegeben wurde.</translation>
    </message>
    <message>
        <source>The encrypted file has no passphrase yet.</source>
        <translation>Die verschlüsselte Datei hat noch keine Passphrase.</translation>
    </message>
    <message>
        <source>The encrypted file is locked.</source>
        <translation>Die verschlüsselte Datei ist gesperrt.</translation>
    </message>
    <message>
        <source>The engine answered a {0} that this window does not know.</source>
        <translation>Der Hintergrundprozess antwortete mit {0}, was dieses Fenster nicht kennt.</translation>
    </message>
    <message>
        <source>The entry was gone already.</source>
        <translation>Der Eintrag war schon weg.</translation>
    </message>
    <message>
        <source>The file as it was before lies at {0}.</source>
        <translation>Die Datei, wie sie vorher war, liegt unter {0}.</translation>
    </message>
    <message>
        <source>The file has changed since, so only the entry was taken out.</source>
        <translation>Die Datei hat sich seither geändert, deshalb wurde nur der Eintrag herausgenommen.</translation>
    </message>
    <message>
        <source>The file has changed since, so only the entry was taken out. The file as it was before lies at {0}.</source>
        <translation>Die Datei hat sich seither geändert, deshalb wurde nur der Eintrag herausgenommen. Die Datei, wie sie vorher war, liegt unter {0}.</translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.</source>
        <translation>Die Datei mit Ihren Geheimnissen ist eine ältere.</translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.{0}</source>
        <translation>Die Datei mit Ihren Geheimnissen ist eine ältere.{0}</translation>
    </message>
    <message>
        <source>The file with your secrets is gone.</source>
        <translation>Die Datei mit Ihren Geheimnissen ist verschwunden.</translation>
    </message>
    <message>
        <source>The file with your secrets is gone.{0}</source>
        <translation>Die Datei mit Ihren Geheimnissen ist verschwunden.{0}</translation>
    </message>
    <message>
        <source>The header Mcp-Session-Id is missing: begin with `initialize`.</source>
        <translation>Der Header Mcp-Session-Id fehlt: Beginnen Sie mit `initialize`.</translation>
    </message>
    <message>
        <source>The header {0} cannot have line ends or control characters.</source>
        <translation>Der Header {0} darf keine Zeilenumbrüche oder Steuerzeichen enthalten.</translation>
    </message>
    <message>
        <source>The header {0} disagrees with the body.</source>
        <translation>Der Header {0} widerspricht dem Inhalt.</translation>
    </message>
    <message>
        <source>The header {0} stands twice.</source>
        <translation>Der Header {0} steht zweimal da.</translation>
    </message>
    <message>
        <source>The id of a message is too large.</source>
        <translation>Die ID einer Nachricht ist zu groß.</translation>
    </message>
    <message>
        <source>The id of a message must be a text or a number.</source>
        <translation>Die ID einer Nachricht muss ein Text oder eine Zahl sein.</translation>
    </message>
    <message>
        <source>The issuer&apos;s people know it.</source>
        <translation>Der Betreiber des Ausstellers kennt es.</translation>
    </message>
    <message>
        <source>The item audit/base in the credential store is no beginning of the audit log.</source>
        <translation>Das Element audit/base im Schlüsselspeicher ist kein Anfang des Protokolls.</translation>
    </message>
    <message>
        <source>The item audit/head in the credential store is not a head of the audit log.</source>
        <translation>Das Element audit/head im Schlüsselspeicher ist kein Ende des Protokolls.</translation>
    </message>
    <message>
        <source>The item audit/key in the credential store is not a key.</source>
        <translation>Das Element audit/key im Schlüsselspeicher ist kein Schlüssel.</translation>
    </message>
    <message>
        <source>The item {0} in the credential store is not a key.</source>
        <translation>Das Element {0} im Schlüsselspeicher ist kein Schlüssel.</translation>
    </message>
    <message>
        <source>The key of {0} ends within {1} days.</source>
        <translation>Der Schlüssel von {0} läuft innerhalb von {1} Tagen ab.</translation>
    </message>
    <message>
        <source>The key stands in the address, so it may show in the server&apos;s own logs.</source>
        <translation>Der Schlüssel steht in der Adresse und kann deshalb in den Protokollen des Servers erscheinen.</translation>
    </message>
    <message>
        <source>The key {0} is spelled in capitals.</source>
        <translation>Der Schlüssel {0} ist in Großbuchstaben geschrieben.</translation>
    </message>
    <message>
        <source>The message has neither a method nor a result.</source>
        <translation>Die Nachricht hat weder eine Methode noch ein Ergebnis.</translation>
    </message>
    <message>
        <source>The message is not JSON-RPC 2.0.</source>
        <translation>Die Nachricht ist kein JSON-RPC 2.0.</translation>
    </message>
    <message>
        <source>The metadata found for {0} belongs to {1}.</source>
        <translation>Die für {0} gefundenen Metadaten gehören zu {1}.</translation>
    </message>
    <message>
        <source>The metadata of {0} has no {1}.</source>
        <translation>Die Metadaten von {0} enthalten kein {1}.</translation>
    </message>
    <message>
        <source>The metadata of {0} names no resource.</source>
        <translation>Die Metadaten von {0} nennen keine Ressource.</translation>
    </message>
    <message>
        <source>The new passphrase is too short.</source>
        <translation>Die neue Passphrase ist zu kurz.</translation>
    </message>
    <message>
        <source>The new store does not hold {0}, so nothing was erased from the old one.</source>
        <translation>Der neue Speicher enthält {0} nicht, deshalb wurde im alten nichts gelöscht.</translation>
    </message>
    <message>
        <source>The passphrase does not open {0}.</source>
        <translation>Die Passphrase öffnet {0} nicht.</translation>
    </message>
    <message>
        <source>The private one has a member d.</source>
        <translation>Der private enthält ein Feld d.</translation>
    </message>
    <message>
        <source>The program does not say what it speaks.</source>
        <translation>Das Programm sagt nicht, welche Revision es spricht.</translation>
    </message>
    <message>
        <source>The program {0} cannot be given its variables.</source>
        <translation>Dem Programm {0} können seine Variablen nicht übergeben werden.</translation>
    </message>
    <message>
        <source>The program {0} cannot be started: {1}.</source>
        <translation>Das Programm {0} kann nicht gestartet werden: {1}.</translation>
    </message>
    <message>
        <source>The program {0} ended ({1}) before it answered.</source>
        <translation>Das Programm {0} endete ({1}), bevor es antwortete.</translation>
    </message>
    <message>
        <source>The program {0} ended ({1}) before it answered. It said last: {2}</source>
        <translation>Das Programm {0} endete ({1}), bevor es antwortete. Letzte Ausgabe: {2}</translation>
    </message>
    <message>
        <source>The program {0} is asked too much at once under the same ids.</source>
        <translation>Das Programm {0} wird unter denselben IDs zu viel auf einmal gefragt.</translation>
    </message>
    <message>
        <source>The program {0} wants a secret.</source>
        <translation>Das Programm {0} braucht ein Geheimnis.</translation>
    </message>
    <message>
        <source>The program {0} wants {1} secrets, and its account has {2}.</source>
        <translation>Das Programm {0} braucht {1} Geheimnisse, und sein Konto hat {2}.</translation>
    </message>
    <message>
        <source>The program {0} was ended: {1}.</source>
        <translation>Das Programm {0} wurde beendet: {1}.</translation>
    </message>
    <message>
        <source>The program {0} was started anew and does not answer.</source>
        <translation>Das Programm {0} wurde neu gestartet und antwortet nicht.</translation>
    </message>
    <message>
        <source>The program {0} was started anew and does not take the session up.</source>
        <translation>Das Programm {0} wurde neu gestartet und nimmt die Sitzung nicht wieder auf.</translation>
    </message>
    <message>
        <source>The proxy {0} does not lead to {1} (HTTP {2}).</source>
        <translation>Der Proxy {0} führt nicht zu {1} (HTTP {2}).</translation>
    </message>
    <message>
        <source>The proxy {0} does not lead to {1}.</source>
        <translation>Der Proxy {0} führt nicht zu {1}.</translation>
    </message>
    <message>
        <source>The proxy {0} wants a user name and a password, and refuses those it got.</source>
        <translation>Der Proxy {0} verlangt Benutzernamen und Passwort und lehnt die erhaltenen ab.</translation>
    </message>
    <message>
        <source>The proxy {0} wants a user name and a password.</source>
        <translation>Der Proxy {0} verlangt Benutzernamen und Passwort.</translation>
    </message>
    <message>
        <source>The proxy {0}, which leads to {1}, cannot be reached: {2}.</source>
        <translation>Der Proxy {0}, der zu {1} führt, ist nicht erreichbar: {2}.</translation>
    </message>
    <message>
        <source>The proxy&apos;s address is no address.</source>
        <translation>Die Adresse des Proxys ist keine Adresse.</translation>
    </message>
    <message>
        <source>The request did not come to its end.</source>
        <translation>Die Anfrage kam nicht vollständig an.</translation>
    </message>
    <message>
        <source>The running Keyfob answers in a way that this command does not understand.</source>
        <translation>Das laufende Keyfob antwortet auf eine Weise, die dieser Befehl nicht versteht.</translation>
    </message>
    <message>
        <source>The secrets read back from the new store are not the ones that were written.</source>
        <translation>Die aus dem neuen Speicher zurückgelesenen Geheimnisse sind nicht die geschriebenen.</translation>
    </message>
    <message>
        <source>The server answered HTTP {0} and did not say why.</source>
        <translation>Der Server antwortete mit HTTP {0} und sagte nicht, warum.</translation>
    </message>
    <message>
        <source>The server answered HTTP {0} and nothing that is JSON-RPC.</source>
        <translation>Der Server antwortete mit HTTP {0} und nichts, was JSON-RPC ist.</translation>
    </message>
    <message>
        <source>The server answered with {0}.</source>
        <translation>Der Server antwortete mit {0}.</translation>
    </message>
    <message>
        <source>The server answers HTTP {0}.</source>
        <translation>Der Server antwortet mit HTTP {0}.</translation>
    </message>
    <message>
        <source>The server asks again and again.</source>
        <translation>Der Server fragt immer wieder.</translation>
    </message>
    <message>
        <source>The server asks for {0} by nothing, which this client has not said that it answers.</source>
        <translation>Der Server fragt nach {0} ohne Angabe, wie; dieser Client hat nicht gesagt, dass er das beantwortet.</translation>
    </message>
    <message>
        <source>The server asks for {0} by {1}, which this client has not said that it answers.</source>
        <translation>Der Server fragt nach {0} über {1}; dieser Client hat nicht gesagt, dass er das beantwortet.</translation>
    </message>
    <message>
        <source>The server at {0} cannot be reached: {1}.</source>
        <translation>Der Server unter {0} ist nicht erreichbar: {1}.</translation>
    </message>
    <message>
        <source>The server at {0} wants messages sent to another place, and a credential goes to no other origin.</source>
        <translation>Der Server unter {0} will Nachrichten an einen anderen Ort gesendet haben, und Zugangsdaten gehen an keinen anderen Ursprung.</translation>
    </message>
    <message>
        <source>The server at {0} {1}.</source>
        <translation>Der Server unter {0} {1}.</translation>
    </message>
    <message>
        <source>The server cannot answer now (HTTP {0}).</source>
        <translation>Der Server kann jetzt nicht antworten (HTTP {0}).</translation>
    </message>
    <message>
        <source>The server did not list its tools in time.</source>
        <translation>Der Server hat seine Werkzeuge nicht rechtzeitig aufgelistet.</translation>
    </message>
    <message>
        <source>The server does not answer `initialize`.</source>
        <translation>Der Server beantwortet `initialize` nicht.</translation>
    </message>
    <message>
        <source>The server does not answer.</source>
        <translation>Der Server antwortet nicht.</translation>
    </message>
    <message>
        <source>The server does not know this method.</source>
        <translation>Der Server kennt diese Methode nicht.</translation>
    </message>
    <message>
        <source>The server encodes its answer although it was asked not to.</source>
        <translation>Der Server kodiert seine Antwort, obwohl er gebeten wurde, das nicht zu tun.</translation>
    </message>
    <message>
        <source>The server encodes its tool list although it was asked not to.</source>
        <translation>Der Server kodiert seine Werkzeugliste, obwohl er gebeten wurde, das nicht zu tun.</translation>
    </message>
    <message>
        <source>The server ended its task as {0}.</source>
        <translation>Der Server hat seine Aufgabe beendet: {0}.</translation>
    </message>
    <message>
        <source>The server lies in your workspace: https://WORKSPACE.cloud.databricks.com/api/2.0/mcp/...</source>
        <translation>Der Server liegt in Ihrem Workspace: https://WORKSPACE.cloud.databricks.com/api/2.0/mcp/...</translation>
    </message>
    <message>
        <source>The server lists tools where it was not asked to.</source>
        <translation>Der Server listet Werkzeuge auf, wo er nicht danach gefragt wurde.</translation>
    </message>
    <message>
        <source>The server no longer accepts the account {0}.</source>
        <translation>Der Server nimmt das Konto {0} nicht mehr an.</translation>
    </message>
    <message>
        <source>The server no longer takes the credential (HTTP {0}).</source>
        <translation>Der Server nimmt die Zugangsdaten nicht mehr an (HTTP {0}).</translation>
    </message>
    <message>
        <source>The server no longer takes the credential of the call that asked.</source>
        <translation>Der Server nimmt die Zugangsdaten des Aufrufs, der gefragt hat, nicht mehr an.</translation>
    </message>
    <message>
        <source>The server redirects elsewhere, and a key follows no redirect.</source>
        <translation>Der Server leitet weiter, und ein Schlüssel folgt keiner Weiterleitung.</translation>
    </message>
    <message>
        <source>The server refuses a fresh sign-in.</source>
        <translation>Der Server lehnt eine frische Anmeldung ab.</translation>
    </message>
    <message>
        <source>The server refuses the account {0} although its sign-in is fresh.</source>
        <translation>Der Server lehnt das Konto {0} ab, obwohl seine Anmeldung frisch ist.</translation>
    </message>
    <message>
        <source>The server refuses this key.</source>
        <translation>Der Server lehnt diesen Schlüssel ab.</translation>
    </message>
    <message>
        <source>The server sent a header that HTTP does not allow.</source>
        <translation>Der Server hat einen Header gesendet, den HTTP nicht erlaubt.</translation>
    </message>
    <message>
        <source>The server sent an answer that is too long to be watched.</source>
        <translation>Der Server hat eine Antwort gesendet, die zu lang ist, um geprüft zu werden.</translation>
    </message>
    <message>
        <source>The server sent an event that is too long.</source>
        <translation>Der Server hat ein zu langes Ereignis gesendet.</translation>
    </message>
    <message>
        <source>The server takes this key, but it answers without one as well.</source>
        <translation>Der Server nimmt diesen Schlüssel an, antwortet aber auch ohne.</translation>
    </message>
    <message>
        <source>The server takes this key.</source>
        <translation>Der Server nimmt diesen Schlüssel an.</translation>
    </message>
    <message>
        <source>The server wants an address to be opened.</source>
        <translation>Der Server möchte, dass eine Adresse geöffnet wird.</translation>
    </message>
    <message>
        <source>The server {0} answers with HTTP {1}, which nobody asked for.</source>
        <translation>Der Server {0} antwortet mit HTTP {1}, wonach niemand gefragt hat.</translation>
    </message>
    <message>
        <source>The server {0} begins no session for this tool&apos;s account (HTTP {1}).</source>
        <translation>Der Server {0} beginnt keine Sitzung für das Konto dieses Werkzeugs (HTTP {1}).</translation>
    </message>
    <message>
        <source>The server {0} has no group {1}.</source>
        <translation>Der Server {0} hat keine Gruppe {1}.</translation>
    </message>
    <message>
        <source>The server {0} redirects elsewhere, and a credential follows no redirect.</source>
        <translation>Der Server {0} leitet weiter, und Zugangsdaten folgen keiner Weiterleitung.</translation>
    </message>
    <message>
        <source>The server {0} refuses the account&apos;s credential again and again.</source>
        <translation>Der Server {0} lehnt die Zugangsdaten des Kontos immer wieder ab.</translation>
    </message>
    <message>
        <source>The server {0} refuses this with the account none (HTTP {1}).</source>
        <translation>Der Server {0} lehnt dies ohne Konto ab (HTTP {1}).</translation>
    </message>
    <message>
        <source>The server {0} refuses this with the account {1} (HTTP {2}).</source>
        <translation>Der Server {0} lehnt dies mit dem Konto {1} ab (HTTP {2}).</translation>
    </message>
    <message>
        <source>The server {0} wants a sign-in.</source>
        <translation>Der Server {0} verlangt eine Anmeldung.</translation>
    </message>
    <message>
        <source>The server {0} wants more rights for this.</source>
        <translation>Der Server {0} verlangt dafür mehr Rechte.</translation>
    </message>
    <message>
        <source>The server {0} wants more rights than the account {1} has.</source>
        <translation>Der Server {0} verlangt mehr Rechte, als das Konto {1} hat.</translation>
    </message>
    <message>
        <source>The server {0} wants scopes that the account {1} was asked for already.</source>
        <translation>Der Server {0} verlangt Rechte, um die das Konto {1} schon gebeten wurde.</translation>
    </message>
    <message>
        <source>The server&apos;s address ends with your organization: https://mcp.dev.azure.com/ORGANIZATION.</source>
        <translation>Die Adresse des Servers endet mit Ihrer Organisation: https://mcp.dev.azure.com/ORGANIZATION.</translation>
    </message>
    <message>
        <source>The server&apos;s answer broke off before it was complete.</source>
        <translation>Die Antwort des Servers brach ab, bevor sie vollständig war.</translation>
    </message>
    <message>
        <source>The server&apos;s answer ended before it was complete.</source>
        <translation>Die Antwort des Servers endete, bevor sie vollständig war.</translation>
    </message>
    <message>
        <source>The server&apos;s answer is longer than 64 MiB.</source>
        <translation>Die Antwort des Servers ist länger als 64 MiB.</translation>
    </message>
    <message>
        <source>The server&apos;s answer is too long to be watched.</source>
        <translation>Die Antwort des Servers ist zu lang, um geprüft zu werden.</translation>
    </message>
    <message>
        <source>The server&apos;s answer is too long.</source>
        <translation>Die Antwort des Servers ist zu lang.</translation>
    </message>
    <message>
        <source>The server&apos;s answer says that it is of two kinds.</source>
        <translation>Die Antwort des Servers gibt zwei Arten für sich an.</translation>
    </message>
    <message>
        <source>The server&apos;s answer was left before it ended.</source>
        <translation>Die Antwort des Servers wurde verlassen, bevor sie endete.</translation>
    </message>
    <message>
        <source>The server&apos;s event stream has ended.</source>
        <translation>Der Ereignisstrom des Servers ist zu Ende.</translation>
    </message>
    <message>
        <source>The server&apos;s tool list is nested too deep.</source>
        <translation>Die Werkzeugliste des Servers ist zu tief verschachtelt.</translation>
    </message>
    <message>
        <source>The server&apos;s tool list is not JSON.</source>
        <translation>Die Werkzeugliste des Servers ist kein JSON.</translation>
    </message>
    <message>
        <source>The server&apos;s tool list is too long.</source>
        <translation>Die Werkzeugliste des Servers ist zu lang.</translation>
    </message>
    <message>
        <source>The servers that were moved are back; the file has changed since.</source>
        <translation>Die verschobenen Server sind zurück; die Datei hat sich seither geändert.</translation>
    </message>
    <message>
        <source>The session at the server has ended.</source>
        <translation>Die Sitzung beim Server ist beendet.</translation>
    </message>
    <message>
        <source>The session is over.</source>
        <translation>Die Sitzung ist vorbei.</translation>
    </message>
    <message>
        <source>The sign-in of the account {0} has ended.</source>
        <translation>Die Anmeldung des Kontos {0} ist beendet.</translation>
    </message>
    <message>
        <source>The sign-in of {0} has ended.{1}</source>
        <translation>Die Anmeldung von {0} ist beendet.{1}</translation>
    </message>
    <message>
        <source>The sign-in waits for you in the browser.</source>
        <translation>Die Anmeldung wartet im Browser auf Sie.</translation>
    </message>
    <message>
        <source>The sign-in was declined.</source>
        <translation>Die Anmeldung wurde abgelehnt.</translation>
    </message>
    <message>
        <source>The site is chosen on Atlassian&apos;s own page; connect once for each.</source>
        <translation>Die Site wird auf Atlassians eigener Seite gewählt; verbinden Sie jede einzeln.</translation>
    </message>
    <message>
        <source>The store is shut.</source>
        <translation>Der Speicher ist verschlossen.</translation>
    </message>
    <message>
        <source>The system</source>
        <translation>Das System</translation>
    </message>
    <message>
        <source>The system names no certificates that can be read.</source>
        <translation>Das System nennt keine lesbaren Zertifikate.</translation>
    </message>
    <message>
        <source>The token endpoint answers some errors with HTTP 200.</source>
        <translation>Der Token-Endpunkt beantwortet manche Fehler mit HTTP 200.</translation>
    </message>
    <message>
        <source>The way out is a proxy of the kind {0}, which Keyfob cannot use.</source>
        <translation>Der Weg nach außen ist ein Proxy der Art {0}, den Keyfob nicht verwenden kann.</translation>
    </message>
    <message>
        <source>The way out is the Dev Mode server of the Figma app on this machine, which needs no account.</source>
        <translation>Der Ausweg ist der Dev-Mode-Server der Figma-App auf diesem Computer, der kein Konto braucht.</translation>
    </message>
    <message>
        <source>The {0} does not answer.</source>
        <translation>Keine Antwort von: {0}.</translation>
    </message>
    <message>
        <source>The {0} is locked.</source>
        <translation>Gesperrt: {0}.</translation>
    </message>
    <message>
        <source>The {0} is not available: {1}</source>
        <translation>Nicht verfügbar: {0}. {1}</translation>
    </message>
    <message>
        <source>The {0} is {1}.</source>
        <translation>{0}: {1}.</translation>
    </message>
    <message>
        <source>The {0} of {1} is {2}, which is not a safe address.</source>
        <translation>{0} von {1} ist {2}, was keine sichere Adresse ist.</translation>
    </message>
    <message>
        <source>There are {0} sessions with this program already.</source>
        <translation>Es gibt schon {0} Sitzungen mit diesem Programm.</translation>
    </message>
    <message>
        <source>There is a sandbox under an address of its own.</source>
        <translation>Es gibt eine Sandbox unter einer eigenen Adresse.</translation>
    </message>
    <message>
        <source>There is no MCP server at this address (HTTP {0}).</source>
        <translation>Unter dieser Adresse gibt es keinen MCP-Server (HTTP {0}).</translation>
    </message>
    <message>
        <source>There is no account named {0}.</source>
        <translation>Es gibt kein Konto namens {0}.</translation>
    </message>
    <message>
        <source>There is no client named {0}.</source>
        <translation>Es gibt keinen Client namens {0}.</translation>
    </message>
    <message>
        <source>There is no keychain that Keyfob can use.</source>
        <translation>Es gibt keinen Schlüsselbund, den Keyfob verwenden kann.</translation>
    </message>
    <message>
        <source>There is no keychain that Keyfob can use.{0}</source>
        <translation>Es gibt keinen Schlüsselbund, den Keyfob verwenden kann.{0}</translation>
    </message>
    <message>
        <source>There is no program {0} any more.</source>
        <translation>Das Programm {0} gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>There is no provider {0}.</source>
        <translation>Es gibt keinen Anbieter {0}.</translation>
    </message>
    <message>
        <source>There is no rule {0}.</source>
        <translation>Es gibt keine Regel {0}.</translation>
    </message>
    <message>
        <source>There is no server named {0}.</source>
        <translation>Es gibt keinen Server namens {0}.</translation>
    </message>
    <message>
        <source>There is no session</source>
        <translation>Keine Sitzung vorhanden</translation>
    </message>
    <message>
        <source>There is no session {0}.</source>
        <translation>Es gibt keine Sitzung {0}.</translation>
    </message>
    <message>
        <source>There is no such session.</source>
        <translation>Diese Sitzung gibt es nicht.</translation>
    </message>
    <message>
        <source>There is no such session: begin with `initialize`.</source>
        <translation>Diese Sitzung gibt es nicht: Beginnen Sie mit `initialize`.</translation>
    </message>
    <message>
        <source>There is not enough memory to make the key from the passphrase.</source>
        <translation>Der Arbeitsspeicher reicht nicht, um aus der Passphrase den Schlüssel zu bilden.</translation>
    </message>
    <message>
        <source>There is nothing at this address. Clients reach Keyfob at /mcp and /s/SERVER/mcp, without a slash behind them.</source>
        <translation>Unter dieser Adresse ist nichts. Clients erreichen Keyfob unter /mcp und /s/SERVER/mcp, ohne Schrägstrich dahinter.</translation>
    </message>
    <message>
        <source>There is nothing to move.</source>
        <translation>Es gibt nichts zu verschieben.</translation>
    </message>
    <message>
        <source>They may be removed: {0}</source>
        <translation>Sie dürfen entfernt werden: {0}</translation>
    </message>
    <message>
        <source>This Keyfob does not know {0}.</source>
        <translation>Dieses Keyfob kennt {0} nicht.</translation>
    </message>
    <message>
        <source>This answer belongs to another sign-in.</source>
        <translation>Diese Antwort gehört zu einer anderen Anmeldung.</translation>
    </message>
    <message>
        <source>This client token serves {0} only.</source>
        <translation>Dieses Client-Token gilt nur für {0}.</translation>
    </message>
    <message>
        <source>This client was revoked.</source>
        <translation>Dieser Client wurde widerrufen.</translation>
    </message>
    <message>
        <source>This is a fault in Keyfob: its log says where. Please report it.</source>
        <translation>Das ist ein Fehler in Keyfob: Sein Programmprotokoll sagt, wo. Bitte melden Sie ihn.</translation>
    </message>
    <message>
        <source>Tick Enable Device Flow and register the app.</source>
        <translation>Setzen Sie das Häkchen bei „Enable Device Flow“, und registrieren Sie die App.</translation>
    </message>
    <message>
        <source>To</source>
        <translation>Nach</translation>
    </message>
    <message>
        <source>To take Keyfob&apos;s own entry out: `keyfob client undo {0}`.</source>
        <translation>So nehmen Sie Keyfobs eigenen Eintrag heraus: `keyfob client undo {0}`.</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Tokens end after an hour where the app has token rotation on.</source>
        <translation>Tokens enden nach einer Stunde, wo die App Token-Rotation eingeschaltet hat.</translation>
    </message>
    <message>
        <source>Too many wrong tokens came from here.</source>
        <translation>Von hier kamen zu viele falsche Tokens.</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Try again in a moment.</source>
        <translation>Versuchen Sie es gleich noch einmal.</translation>
    </message>
    <message>
        <source>Try again in a while.</source>
        <translation>Versuchen Sie es in einer Weile erneut.</translation>
    </message>
    <message>
        <source>Try again in {0} seconds, with a good token.</source>
        <translation>Versuchen Sie es in {0} Sekunden mit einem gültigen Token erneut.</translation>
    </message>
    <message>
        <source>Try again, or download it and give the file.</source>
        <translation>Versuchen Sie es erneut, oder laden Sie es herunter und geben Sie die Datei an.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Try again; if it stays so, ask whoever runs that server.</source>
        <translation>Versuchen Sie es erneut; wenn es so bleibt, fragen Sie den Betreiber dieses Servers.</translation>
    </message>
    <message>
        <source>Try again; look at Caps Lock and the keyboard&apos;s language.</source>
        <translation>Versuchen Sie es erneut; achten Sie auf die Feststelltaste und die Sprache der Tastatur.</translation>
    </message>
    <message>
        <source>Try with a key of the test mode first: it begins with rk_test_.</source>
        <translation>Probieren Sie es zuerst mit einem Schlüssel des Testmodus: Er beginnt mit rk_test_.</translation>
    </message>
    <message>
        <source>Under API permissions add Azure DevOps; copy the application (client) id.</source>
        <translation>Fügen Sie unter „API permissions“ Azure DevOps hinzu; kopieren Sie die Anwendungs-ID (Client-ID).</translation>
    </message>
    <message>
        <source>Under API permissions add Power BI Service; copy the application (client) id.</source>
        <translation>Fügen Sie unter „API permissions“ Power BI Service hinzu; kopieren Sie die Anwendungs-ID (Client-ID).</translation>
    </message>
    <message>
        <source>Under Application Keys create one with the permission mcp_read, and mcp_write only if needed.</source>
        <translation>Erstellen Sie unter „Application Keys“ einen mit der Berechtigung mcp_read, und mcp_write nur bei Bedarf.</translation>
    </message>
    <message>
        <source>Under Basic Information copy the client id and the client secret.</source>
        <translation>Kopieren Sie unter „Basic Information“ die Client-ID und das Client-Geheimnis.</translation>
    </message>
    <message>
        <source>Under Directory, Service accounts, create an API key.</source>
        <translation>Erstellen Sie unter „Directory“, „Service accounts“ einen API-Schlüssel.</translation>
    </message>
    <message>
        <source>Under Keys add a key of the type JSON; the file is downloaded once.</source>
        <translation>Fügen Sie unter „Keys“ einen Schlüssel vom Typ JSON hinzu; die Datei wird einmal heruntergeladen.</translation>
    </message>
    <message>
        <source>Under OAuth &amp; Permissions add the redirect address that Keyfob shows.</source>
        <translation>Fügen Sie unter „OAuth &amp; Permissions“ die Redirect-Adresse hinzu, die Keyfob zeigt.</translation>
    </message>
    <message>
        <source>Under Organization Settings, API Keys, copy or create an API key.</source>
        <translation>Kopieren oder erstellen Sie unter „Organization Settings“, „API Keys“ einen API-Schlüssel.</translation>
    </message>
    <message>
        <source>Under Permissions choose no more than you need, such as Contents and Issues.</source>
        <translation>Wählen Sie unter „Permissions“ nicht mehr als nötig, etwa „Contents“ und „Issues“.</translation>
    </message>
    <message>
        <source>Under User Token Scopes add what the app may do, such as search:read.public.</source>
        <translation>Fügen Sie unter „User Token Scopes“ hinzu, was die App darf, etwa search:read.public.</translation>
    </message>
    <message>
        <source>Undo a removal</source>
        <translation>Entfernen rückgängig machen</translation>
    </message>
    <message>
        <source>Unknown arguments: {0}. Known: none.</source>
        <translation>Unbekannte Argumente: {0}. Bekannt: keine.</translation>
    </message>
    <message>
        <source>Unknown arguments: {0}. Known: {1}.</source>
        <translation>Unbekannte Argumente: {0}. Bekannt: {1}.</translation>
    </message>
    <message>
        <source>Unlock Keyfob</source>
        <translation>Keyfob entsperren</translation>
    </message>
    <message>
        <source>Unlock Keyfob?</source>
        <translation>Keyfob entsperren?</translation>
    </message>
    <message>
        <source>Unlock it in Keyfob, or with `keyfob unlock`.</source>
        <translation>Entsperren Sie es in Keyfob oder mit `keyfob unlock`.</translation>
    </message>
    <message>
        <source>Unlock it in Keyfob, or with `keyfob unlock`. `[lock] idle` in config.toml, or the page Settings, sets that time.</source>
        <translation>Entsperren Sie es in Keyfob oder mit `keyfob unlock`. `[lock] idle` in config.toml oder die Seite „Einstellungen“ bestimmt diese Zeit.</translation>
    </message>
    <message>
        <source>Unlock it in Keyfob, or with `keyfob unlock`. `[lock] screen = false` in config.toml, or the page Settings, lets programs work on while the screen is locked.</source>
        <translation>Entsperren Sie es in Keyfob oder mit `keyfob unlock`. `[lock] screen = false` in config.toml oder die Seite „Einstellungen“ lässt Programme weiterarbeiten, während der Bildschirm gesperrt ist.</translation>
    </message>
    <message>
        <source>Unlock it. What locks it by itself stands on the page Settings.</source>
        <translation>Entsperren Sie es. Was Keyfob von selbst sperrt, steht auf der Seite „Einstellungen“.</translation>
    </message>
    <message>
        <source>Unlock the keychain, then look again.</source>
        <translation>Entsperren Sie den Schlüsselbund, und sehen Sie dann erneut nach.</translation>
    </message>
    <message>
        <source>Unlock the keychain; Keyfob goes on by itself.</source>
        <translation>Entsperren Sie den Schlüsselbund; Keyfob macht von selbst weiter.</translation>
    </message>
    <message>
        <source>Unlock the login keychain (log in at the screen, or run `security unlock-keychain`), then try again.</source>
        <translation>Entsperren Sie den Schlüsselbund „Anmeldung“ (am Bildschirm anmelden oder `security unlock-keychain` ausführen), und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Unlock the login keyring (log in to the desktop, or open its passwords app), then try again.</source>
        <translation>Entsperren Sie den Anmelde-Schlüsselbund (am Desktop anmelden oder dessen Passwort-Programm öffnen), und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>Entsperren…</translation>
    </message>
    <message>
        <source>Update the client.</source>
        <translation>Aktualisieren Sie den Client.</translation>
    </message>
    <message>
        <source>Use 1 to 65535, or 0 for any.</source>
        <translation>Verwenden Sie 1 bis 65535, oder 0 für einen beliebigen.</translation>
    </message>
    <message>
        <source>Use Figma&apos;s MCP server with the files you can open</source>
        <translation>Figmas MCP-Server mit den Dateien verwenden, die Sie öffnen können</translation>
    </message>
    <message>
        <source>Use allow, ask or deny.</source>
        <translation>Verwenden Sie allow, ask oder deny.</translation>
    </message>
    <message>
        <source>Use another id.</source>
        <translation>Verwenden Sie eine andere ID.</translation>
    </message>
    <message>
        <source>Use another name.</source>
        <translation>Verwenden Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>Use ask or off.</source>
        <translation>Verwenden Sie ask oder off.</translation>
    </message>
    <message>
        <source>Use auto, streamable or sse.</source>
        <translation>Verwenden Sie auto, streamable oder sse.</translation>
    </message>
    <message>
        <source>Use env = {{ NAME = &quot;{{secret}}&quot; }} instead.</source>
        <translation>Verwenden Sie stattdessen env = {{ NAME = &quot;{{secret}}&quot; }}.</translation>
    </message>
    <message>
        <source>Use header, query or basic.</source>
        <translation>Verwenden Sie header, query oder basic.</translation>
    </message>
    <message>
        <source>Use https, or download it and give the file.</source>
        <translation>Verwenden Sie https, oder laden Sie es herunter und geben Sie die Datei an.</translation>
    </message>
    <message>
        <source>Use https://*.host.tld.</source>
        <translation>Verwenden Sie https://*.host.tld.</translation>
    </message>
    <message>
        <source>Use https://host.</source>
        <translation>Verwenden Sie https://host.</translation>
    </message>
    <message>
        <source>Use letters, digits, &apos;.&apos;, &apos;-&apos; and single &apos;_&apos;, at most 63, a letter or digit first.</source>
        <translation>Verwenden Sie Buchstaben, Ziffern, &apos;.&apos;, &apos;-&apos; und einzelne &apos;_&apos;, höchstens 63, am Anfang ein Buchstabe oder eine Ziffer.</translation>
    </message>
    <message>
        <source>Use letters, digits, spaces and . ( ) + - _, at most 63, a letter or digit first.</source>
        <translation>Verwenden Sie Buchstaben, Ziffern, Leerzeichen und . ( ) + - _, höchstens 63, am Anfang ein Buchstabe oder eine Ziffer.</translation>
    </message>
    <message>
        <source>Use list or search.</source>
        <translation>Verwenden Sie list oder search.</translation>
    </message>
    <message>
        <source>Use local, udp://HOST:PORT or tcp://HOST:PORT.</source>
        <translation>Verwenden Sie local, udp://HOST:PORT oder tcp://HOST:PORT.</translation>
    </message>
    <message>
        <source>Use one like /callback.</source>
        <translation>Verwenden Sie einen wie /callback.</translation>
    </message>
    <message>
        <source>Use one like GITHUB_TOKEN.</source>
        <translation>Verwenden Sie einen wie GITHUB_TOKEN.</translation>
    </message>
    <message>
        <source>Use one like X-Api-Key.</source>
        <translation>Verwenden Sie einen wie X-Api-Key.</translation>
    </message>
    <message>
        <source>Use one like [&quot;mcpServers&quot;].</source>
        <translation>Verwenden Sie einen wie [&quot;mcpServers&quot;].</translation>
    </message>
    <message>
        <source>Use one like api_key.</source>
        <translation>Verwenden Sie einen wie api_key.</translation>
    </message>
    <message>
        <source>Use one like http://localhost:3118/callback.</source>
        <translation>Verwenden Sie eine wie http://localhost:3118/callback.</translation>
    </message>
    <message>
        <source>Use one of {0}.</source>
        <translation>Verwenden Sie eines davon: {0}.</translation>
    </message>
    <message>
        <source>Use plain text.</source>
        <translation>Verwenden Sie einfachen Text.</translation>
    </message>
    <message>
        <source>Use read-only.</source>
        <translation>Verwenden Sie read-only.</translation>
    </message>
    <message>
        <source>Use small letters, digits and single &apos;-&apos;.</source>
        <translation>Verwenden Sie Kleinbuchstaben, Ziffern und einzelne &apos;-&apos;.</translation>
    </message>
    <message>
        <source>Use some of {0}.</source>
        <translation>Verwenden Sie einige davon: {0}.</translation>
    </message>
    <message>
        <source>Use that one, or end it first.</source>
        <translation>Verwenden Sie jenes, oder beenden Sie es zuerst.</translation>
    </message>
    <message>
        <source>Use the command of the same version.</source>
        <translation>Verwenden Sie den Befehl derselben Version.</translation>
    </message>
    <message>
        <source>Use the encrypted file that lies there, although Keyfob wrote a newer one?</source>
        <translation>Die verschlüsselte Datei verwenden, die dort liegt, obwohl Keyfob eine neuere geschrieben hat?</translation>
    </message>
    <message>
        <source>Use the header the server&apos;s page names.</source>
        <translation>Verwenden Sie den Header, den die Seite des Servers nennt.</translation>
    </message>
    <message>
        <source>Use tools=list or tools=search.</source>
        <translation>Verwenden Sie tools=list oder tools=search.</translation>
    </message>
    <message>
        <source>Use {0} to {1}.</source>
        <translation>Verwenden Sie {0} bis {1}.</translation>
    </message>
    <message>
        <source>Use {0}.</source>
        <translation>Verwenden Sie {0}.</translation>
    </message>
    <message>
        <source>Variable</source>
        <translation>Variable</translation>
    </message>
    <message>
        <source>Verify it with `keyfob audit verify`, or on the page Activity.</source>
        <translation>Prüfen Sie es mit `keyfob audit verify` oder auf der Seite „Aktivität“.</translation>
    </message>
    <message>
        <source>Waiting for your answer in Keyfob.</source>
        <translation>Wartet auf Ihre Antwort in Keyfob.</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>What the app may do is chosen when it is made, not at the sign-in.</source>
        <translation>Was die App darf, wird bei ihrer Erstellung gewählt, nicht bei der Anmeldung.</translation>
    </message>
    <message>
        <source>What this allows</source>
        <translation>Was das erlaubt</translation>
    </message>
    <message>
        <source>What was moved is back, byte for byte as it was.</source>
        <translation>Was verschoben wurde, ist zurück, Byte für Byte wie zuvor.</translation>
    </message>
    <message>
        <source>What was renewed since then</source>
        <translation>Was seither erneuert wurde</translation>
    </message>
    <message>
        <source>Where you do want it, write it into config.toml by hand.</source>
        <translation>Wenn Sie es dort wirklich wollen, schreiben Sie es von Hand in config.toml.</translation>
    </message>
    <message>
        <source>Which groups of tools may be used is chosen on Sentry&apos;s own page. Add /ORGANIZATION or /ORGANIZATION/PROJECT to the address to narrow it.</source>
        <translation>Welche Werkzeuggruppen verwendet werden dürfen, wird auf Sentrys eigener Seite gewählt. Hängen Sie /ORGANIZATION oder /ORGANIZATION/PROJECT an die Adresse an, um es einzuschränken.</translation>
    </message>
    <message>
        <source>Which tools there are is chosen on Zapier&apos;s page; take your own server&apos;s address from there.</source>
        <translation>Welche Werkzeuge es gibt, wird auf Zapiers Seite gewählt; nehmen Sie von dort die Adresse Ihres eigenen Servers.</translation>
    </message>
    <message>
        <source>Windows knows no capitals in such names.</source>
        <translation>Windows unterscheidet in solchen Namen keine Großbuchstaben.</translation>
    </message>
    <message>
        <source>Without it a code can be stolen. Ask whoever runs that server to switch it on.</source>
        <translation>Ohne das kann ein Code gestohlen werden. Bitten Sie den Betreiber dieses Servers, es einzuschalten.</translation>
    </message>
    <message>
        <source>Workspaces hosted in Australia are not served.</source>
        <translation>In Australien gehostete Workspaces werden nicht bedient.</translation>
    </message>
    <message>
        <source>Write an entry for Keyfob into {0}&apos;s configuration?</source>
        <translation>Einen Eintrag für Keyfob in die Konfiguration von {0} schreiben?</translation>
    </message>
    <message>
        <source>Write comments</source>
        <translation>Kommentare schreiben</translation>
    </message>
    <message>
        <source>Write drafts and send mail in your name</source>
        <translation>Entwürfe schreiben und E-Mails in Ihrem Namen senden</translation>
    </message>
    <message>
        <source>Write env = {{ NAME = &quot;{0}&quot; }} into [servers.{1}] first.</source>
        <translation>Schreiben Sie zuerst env = {{ NAME = &quot;{0}&quot; }} in [servers.{1}].</translation>
    </message>
    <message>
        <source>Write it anew by `keyfob client add {0}`, or let it be by `keyfob client undo {1}`.</source>
        <translation>Schreiben Sie ihn mit `keyfob client add {0}` neu, oder nehmen Sie ihn mit `keyfob client undo {1}` heraus.</translation>
    </message>
    <message>
        <source>Write it like &quot;Bearer {{key}}&quot;.</source>
        <translation>Schreiben Sie es wie &quot;Bearer {{key}}&quot;.</translation>
    </message>
    <message>
        <source>Write it like &quot;{{username}}:{{key}}&quot;.</source>
        <translation>Schreiben Sie es wie &quot;{{username}}:{{key}}&quot;.</translation>
    </message>
    <message>
        <source>Write it out.</source>
        <translation>Schreiben Sie ihn aus.</translation>
    </message>
    <message>
        <source>Write secrets into a client&apos;s file</source>
        <translation>Geheimnisse in die Datei eines Clients schreiben</translation>
    </message>
    <message>
        <source>Write the entry where that file is made, as `--dry-run` shows it, or make it writable.</source>
        <translation>Schreiben Sie den Eintrag dort, wo diese Datei erzeugt wird, wie `--dry-run` ihn zeigt, oder machen Sie sie beschreibbar.</translation>
    </message>
    <message>
        <source>Write them into HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT, each with its special characters percent-encoded, and start Keyfob again.</source>
        <translation>Schreiben Sie sie als http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY, Sonderzeichen jeweils in Prozentschreibweise, und starten Sie Keyfob erneut.</translation>
    </message>
    <message>
        <source>You asked for it.</source>
        <translation>Sie haben darum gebeten.</translation>
    </message>
    <message>
        <source>Your secrets are in {0}, and it is open.</source>
        <translation>Ihre Geheimnisse liegen hier: {0}, und der Speicher ist offen.</translation>
    </message>
    <message>
        <source>`keyfob config check` shows them, `keyfob config accept` puts them in force.</source>
        <translation>`keyfob config check` zeigt sie, `keyfob config accept` setzt sie in Kraft.</translation>
    </message>
    <message>
        <source>`keyfob resume` lets calls pass again.</source>
        <translation>`keyfob resume` lässt wieder Aufrufe durch.</translation>
    </message>
    <message>
        <source>`keyfob store unlock --accept-older`.</source>
        <translation>`keyfob store unlock --accept-older`.</translation>
    </message>
    <message>
        <source>a &apos;,&apos; is missing</source>
        <translation>ein &apos;,&apos; fehlt</translation>
    </message>
    <message>
        <source>a &apos;:&apos; is missing</source>
        <translation>ein &apos;:&apos; fehlt</translation>
    </message>
    <message>
        <source>a GitHub App&apos;s key is an RSA key</source>
        <translation>der Schlüssel einer GitHub-App ist ein RSA-Schlüssel</translation>
    </message>
    <message>
        <source>a Google service account needs at least one scope</source>
        <translation>ein Google-Dienstkonto braucht mindestens eine Berechtigung</translation>
    </message>
    <message>
        <source>a client secret</source>
        <translation>ein Client-Geheimnis</translation>
    </message>
    <message>
        <source>a code that cannot be shown</source>
        <translation>einen Code, der sich nicht anzeigen lässt,</translation>
    </message>
    <message>
        <source>a cookie {0}, which is not sent</source>
        <translation>ein Cookie {0}, das nicht gesendet wird</translation>
    </message>
    <message>
        <source>a key in the {0} {1}</source>
        <translation>ein Schlüssel in {0} {1}</translation>
    </message>
    <message>
        <source>a long run of base64</source>
        <translation>ein langer Abschnitt in Base64</translation>
    </message>
    <message>
        <source>a long run of empty lines</source>
        <translation>eine lange Folge leerer Zeilen</translation>
    </message>
    <message>
        <source>a name in double quotes is missing</source>
        <translation>ein Name in doppelten Anführungszeichen fehlt</translation>
    </message>
    <message>
        <source>a new account</source>
        <translation>ein neues Konto</translation>
    </message>
    <message>
        <source>a new server at {0}</source>
        <translation>ein neuer Server unter {0}</translation>
    </message>
    <message>
        <source>a private key</source>
        <translation>ein privater Schlüssel</translation>
    </message>
    <message>
        <source>a token of the type {0}</source>
        <translation>ein Token des Typs {0}</translation>
    </message>
    <message>
        <source>a token without its expiry</source>
        <translation>ein Token ohne Ablaufzeit</translation>
    </message>
    <message>
        <source>a tool uses another account</source>
        <translation>ein Werkzeug verwendet ein anderes Konto</translation>
    </message>
    <message>
        <source>a user name or password in the URL would be kept in plain text</source>
        <translation>ein Benutzername oder Passwort in der URL würde im Klartext aufbewahrt</translation>
    </message>
    <message>
        <source>a value is missing</source>
        <translation>ein Wert fehlt</translation>
    </message>
    <message>
        <source>an access token that no header can carry</source>
        <translation>ein Zugriffs-Token, das kein Header übertragen kann,</translation>
    </message>
    <message>
        <source>an address</source>
        <translation>eine Adresse</translation>
    </message>
    <message>
        <source>an address with a password</source>
        <translation>eine Adresse mit Passwort</translation>
    </message>
    <message>
        <source>an answer without an ID token</source>
        <translation>eine Antwort ohne ID-Token</translation>
    </message>
    <message>
        <source>an answer without an access token</source>
        <translation>eine Antwort ohne Zugriffs-Token</translation>
    </message>
    <message>
        <source>an answer without {0}</source>
        <translation>eine Antwort ohne {0}</translation>
    </message>
    <message>
        <source>an incomplete device code</source>
        <translation>einen unvollständigen Gerätecode</translation>
    </message>
    <message>
        <source>an unnamed server</source>
        <translation>einem ungenannten Server</translation>
    </message>
    <message>
        <source>and leads to {0}</source>
        <translation>und führt zu {0}</translation>
    </message>
    <message>
        <source>another token than an ID-JAG</source>
        <translation>ein anderes Token als ein ID-JAG</translation>
    </message>
    <message>
        <source>answers HTTP {0} and opens no stream</source>
        <translation>antwortet mit HTTP {0} und öffnet keinen Datenstrom</translation>
    </message>
    <message>
        <source>are missing</source>
        <translation>fehlen</translation>
    </message>
    <message>
        <source>argument {0}</source>
        <translation>Argument {0}</translation>
    </message>
    <message>
        <source>as long as it stays as it was</source>
        <translation>(solange es unverändert bleibt)</translation>
    </message>
    <message>
        <source>asks before it calls</source>
        <translation>fragt vor dem Aufruf von</translation>
    </message>
    <message>
        <source>asks for files or keys</source>
        <translation>fragt nach Dateien oder Schlüsseln</translation>
    </message>
    <message>
        <source>asks for the conversation</source>
        <translation>fragt nach dem Gespräch</translation>
    </message>
    <message>
        <source>asks you to sign in again</source>
        <translation>verlangt eine neue Anmeldung</translation>
    </message>
    <message>
        <source>belongs to another user</source>
        <translation>gehört einem anderen Benutzer</translation>
    </message>
    <message>
        <source>by signal {0}</source>
        <translation>durch Signal {0}</translation>
    </message>
    <message>
        <source>call {0}</source>
        <translation>Aufruf {0}</translation>
    </message>
    <message>
        <source>cannot be added to</source>
        <translation>lässt sich nicht ergänzen</translation>
    </message>
    <message>
        <source>cannot be an id</source>
        <translation>kann keine ID sein</translation>
    </message>
    <message>
        <source>cannot be opened ({0})</source>
        <translation>kann nicht geöffnet werden ({0})</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>cannot be read: {0}</source>
        <translation>kann nicht gelesen werden: {0}</translation>
    </message>
    <message>
        <source>cannot be sent</source>
        <translation>kann nicht gesendet werden</translation>
    </message>
    <message>
        <source>cannot be used as a private folder ({0})</source>
        <translation>kann nicht als privater Ordner verwendet werden ({0})</translation>
    </message>
    <message>
        <source>cannot be written ({0})</source>
        <translation>kann nicht geschrieben werden ({0})</translation>
    </message>
    <message>
        <source>cannot be written: {0}</source>
        <translation>kann nicht geschrieben werden: {0}</translation>
    </message>
    <message>
        <source>cannot be {0} ({1})</source>
        <translation>Zugriff fehlgeschlagen, {0} ({1})</translation>
    </message>
    <message>
        <source>cannot carry so long a secret</source>
        <translation>kann ein so langes Geheimnis nicht übertragen</translation>
    </message>
    <message>
        <source>cannot hold a name that is not in UTF-8</source>
        <translation>kann keinen Namen aufnehmen, der nicht in UTF-8 ist</translation>
    </message>
    <message>
        <source>characters that turn the direction of writing</source>
        <translation>Zeichen, die die Schreibrichtung umkehren</translation>
    </message>
    <message>
        <source>config.toml is in order.</source>
        <translation>config.toml ist in Ordnung.</translation>
    </message>
    <message>
        <source>config.toml is not in force as it is: {0}</source>
        <translation>config.toml gilt nicht so, wie es dasteht: {0}</translation>
    </message>
    <message>
        <source>control characters</source>
        <translation>Steuerzeichen</translation>
    </message>
    <message>
        <source>date and time</source>
        <translation>Datum und Uhrzeit</translation>
    </message>
    <message>
        <source>delete Keyfob&apos;s registration</source>
        <translation>Keyfobs Registrierung löschen</translation>
    </message>
    <message>
        <source>does not go with a command</source>
        <translation>passt nicht zu einem Befehl</translation>
    </message>
    <message>
        <source>does not go with annotations</source>
        <translation>passt nicht zu annotations</translation>
    </message>
    <message>
        <source>does not go with command</source>
        <translation>passt nicht zu command</translation>
    </message>
    <message>
        <source>does not say {0} = &apos;{{name}}&apos;</source>
        <translation>sagt nicht {0} = &apos;{{name}}&apos;</translation>
    </message>
    <message>
        <source>encrypted file</source>
        <translation>Verschlüsselte Datei</translation>
    </message>
    <message>
        <source>ends its stream and has not said where messages go</source>
        <translation>beendet seinen Datenstrom, ohne zu sagen, wohin Nachrichten gehen</translation>
    </message>
    <message>
        <source>event {0} is missing here: the line says {1}</source>
        <translation>Ereignis {0} fehlt hier: In der Zeile steht {1}</translation>
    </message>
    <message>
        <source>events before this line were cut off, as it says</source>
        <translation>Ereignisse vor dieser Zeile wurden abgeschnitten, wie sie sagt</translation>
    </message>
    <message>
        <source>every client</source>
        <translation>alle Clients</translation>
    </message>
    <message>
        <source>every client asks before it calls every tool{0}{1} of every server{2}{3}</source>
        <translation>Jeder Client fragt vor dem Aufruf: alle Werkzeuge{0}{1} aller Server{2}{3}</translation>
    </message>
    <message>
        <source>every client asks before it calls every tool{0}{1} of {2}{3}{4}</source>
        <translation>Jeder Client fragt vor dem Aufruf: alle Werkzeuge{0}{1} von {2}{3}{4}</translation>
    </message>
    <message>
        <source>every client asks before it calls {0}{1}{2} of every server{3}{4}</source>
        <translation>Jeder Client fragt vor dem Aufruf: {0}{1}{2} aller Server{3}{4}</translation>
    </message>
    <message>
        <source>every client asks before it calls {0}{1}{2} of {3}{4}{5}</source>
        <translation>Jeder Client fragt vor dem Aufruf: {0}{1}{2} von {3}{4}{5}</translation>
    </message>
    <message>
        <source>every client may call every tool{0}{1} of every server{2}{3}</source>
        <translation>Jeder Client darf alle Werkzeuge{0}{1} aller Server{2}{3} aufrufen</translation>
    </message>
    <message>
        <source>every client may call every tool{0}{1} of {2}{3}{4}</source>
        <translation>Jeder Client darf alle Werkzeuge{0}{1} von {2}{3}{4} aufrufen</translation>
    </message>
    <message>
        <source>every client may call {0}{1}{2} of every server{3}{4}</source>
        <translation>Jeder Client darf {0}{1}{2} aller Server{3}{4} aufrufen</translation>
    </message>
    <message>
        <source>every client may call {0}{1}{2} of {3}{4}{5}</source>
        <translation>Jeder Client darf {0}{1}{2} von {3}{4}{5} aufrufen</translation>
    </message>
    <message>
        <source>every client may never call every tool{0}{1} of every server{2}{3}</source>
        <translation>Jeder Client darf alle Werkzeuge{0}{1} aller Server{2}{3} nie aufrufen</translation>
    </message>
    <message>
        <source>every client may never call every tool{0}{1} of {2}{3}{4}</source>
        <translation>Jeder Client darf alle Werkzeuge{0}{1} von {2}{3}{4} nie aufrufen</translation>
    </message>
    <message>
        <source>every client may never call {0}{1}{2} of every server{3}{4}</source>
        <translation>Jeder Client darf {0}{1}{2} aller Server{3}{4} nie aufrufen</translation>
    </message>
    <message>
        <source>every client may never call {0}{1}{2} of {3}{4}{5}</source>
        <translation>Jeder Client darf {0}{1}{2} von {3}{4}{5} nie aufrufen</translation>
    </message>
    <message>
        <source>every server</source>
        <translation>alle Server</translation>
    </message>
    <message>
        <source>every tool</source>
        <translation>alle Werkzeuge</translation>
    </message>
    <message>
        <source>field {0}{1}</source>
        <translation>Feld {0}{1}</translation>
    </message>
    <message>
        <source>for a line of more than {0} MiB</source>
        <translation>wegen einer Zeile von mehr als {0} MiB</translation>
    </message>
    <message>
        <source>for something that Keyfob failed at</source>
        <translation>wegen etwas, woran Keyfob gescheitert ist</translation>
    </message>
    <message>
        <source>goes with it</source>
        <translation>kommt mit</translation>
    </message>
    <message>
        <source>group {0}</source>
        <translation>Gruppe {0}</translation>
    </message>
    <message>
        <source>has a character that no command line can hold</source>
        <translation>enthält ein Zeichen, das keine Befehlszeile aufnehmen kann</translation>
    </message>
    <message>
        <source>has a character that no variable can hold</source>
        <translation>enthält ein Zeichen, das keine Variable aufnehmen kann</translation>
    </message>
    <message>
        <source>has a colon, which a user name cannot have</source>
        <translation>enthält einen Doppelpunkt, den ein Benutzername nicht haben kann</translation>
    </message>
    <message>
        <source>has a form that is composed of too many schemas</source>
        <translation>hat eine Form aus zu vielen zusammengesetzten Schemas</translation>
    </message>
    <message>
        <source>has a key that is no text</source>
        <translation>enthält einen Schlüssel, der kein Text ist</translation>
    </message>
    <message>
        <source>has a quote that is never closed</source>
        <translation>enthält ein Anführungszeichen, das nie geschlossen wird</translation>
    </message>
    <message>
        <source>has a user name or password in it</source>
        <translation>enthält einen Benutzernamen oder ein Passwort</translation>
    </message>
    <message>
        <source>has a value that JSON has not ({0})</source>
        <translation>enthält einen Wert, den JSON nicht kennt ({0})</translation>
    </message>
    <message>
        <source>has changed since you saw what would be written</source>
        <translation>hat sich geändert, seit Sie gesehen haben, was geschrieben würde</translation>
    </message>
    <message>
        <source>has characters that cannot stand there</source>
        <translation>enthält Zeichen, die dort nicht stehen dürfen</translation>
    </message>
    <message>
        <source>has letters that no header can carry</source>
        <translation>enthält Buchstaben, die kein Header übertragen kann</translation>
    </message>
    <message>
        <source>has more than {0} values</source>
        <translation>enthält mehr als {0} Werte</translation>
    </message>
    <message>
        <source>has no form</source>
        <translation>hat keine Form</translation>
    </message>
    <message>
        <source>has no source that could confirm it</source>
        <translation>hat keine Quelle, die es bestätigen könnte</translation>
    </message>
    <message>
        <source>has no time zone</source>
        <translation>hat keine Zeitzone</translation>
    </message>
    <message>
        <source>has no {0}</source>
        <translation>hat kein {0}</translation>
    </message>
    <message>
        <source>has not been read</source>
        <translation>wurde nicht gelesen</translation>
    </message>
    <message>
        <source>has the slot {{{0}}}, which means nothing there</source>
        <translation>enthält den Platzhalter {{{0}}}, der dort nichts bedeutet</translation>
    </message>
    <message>
        <source>has too many backups</source>
        <translation>hat zu viele Sicherungen</translation>
    </message>
    <message>
        <source>have more than {0} operations</source>
        <translation>enthalten mehr als {0} Operationen</translation>
    </message>
    <message>
        <source>have no operation that can be a tool</source>
        <translation>enthalten keine Operation, die ein Werkzeug sein kann</translation>
    </message>
    <message>
        <source>have operations whose schemas are too much together</source>
        <translation>enthalten Operationen, deren Schemas zusammen zu viel sind</translation>
    </message>
    <message>
        <source>have schemas that are too much together</source>
        <translation>enthalten Schemas, die zusammen zu viel sind</translation>
    </message>
    <message>
        <source>header {0}</source>
        <translation>Header {0}</translation>
    </message>
    <message>
        <source>hidden tag characters</source>
        <translation>verborgene Tag-Zeichen</translation>
    </message>
    <message>
        <source>hides words in a comment</source>
        <translation>versteckt Wörter in einem Kommentar</translation>
    </message>
    <message>
        <source>in the group {0}</source>
        <translation>in der Gruppe {0}</translation>
    </message>
    <message>
        <source>is UTF-16</source>
        <translation>ist UTF-16</translation>
    </message>
    <message>
        <source>is a folder that users share</source>
        <translation>ist ein Ordner, den sich Benutzer teilen</translation>
    </message>
    <message>
        <source>is a name of Keyfob&apos;s own</source>
        <translation>ist ein Name von Keyfob selbst</translation>
    </message>
    <message>
        <source>is another port at every start</source>
        <translation>ist bei jedem Start ein anderer Port</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>ist leer</translation>
    </message>
    <message>
        <source>is empty or has characters that cannot be sent</source>
        <translation>ist leer oder enthält Zeichen, die nicht gesendet werden können</translation>
    </message>
    <message>
        <source>is fetched without TLS, and anybody on the way could change it</source>
        <translation>wird ohne TLS geholt, und jeder unterwegs könnte es verändern</translation>
    </message>
    <message>
        <source>is for a program</source>
        <translation>ist für ein Programm</translation>
    </message>
    <message>
        <source>is for a server with a command</source>
        <translation>ist für einen Server mit einem Befehl</translation>
    </message>
    <message>
        <source>is longer than a hundred years</source>
        <translation>ist länger als hundert Jahre</translation>
    </message>
    <message>
        <source>is longer than {0} MiB</source>
        <translation>ist länger als {0} MiB</translation>
    </message>
    <message>
        <source>is longer than {0} MiB as JSON</source>
        <translation>ist als JSON länger als {0} MiB</translation>
    </message>
    <message>
        <source>is missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>is missing from the key file</source>
        <translation>fehlt in der Schlüsseldatei</translation>
    </message>
    <message>
        <source>is missing or empty</source>
        <translation>fehlt oder ist leer</translation>
    </message>
    <message>
        <source>is missing: a program has no address to sign in at</source>
        <translation>fehlt: Ein Programm hat keine Adresse zum Anmelden</translation>
    </message>
    <message>
        <source>is neither an app&apos;s id nor its client id</source>
        <translation>ist weder die ID einer App noch ihre Client-ID</translation>
    </message>
    <message>
        <source>is nested deeper than {0}</source>
        <translation>ist tiefer verschachtelt als {0}</translation>
    </message>
    <message>
        <source>is nested deeper than {0} levels</source>
        <translation>ist tiefer verschachtelt als {0} Ebenen</translation>
    </message>
    <message>
        <source>is nested too deep</source>
        <translation>ist zu tief verschachtelt</translation>
    </message>
    <message>
        <source>is no ID token: it is not a signed JWT with iss, sub, aud and exp</source>
        <translation>ist kein ID-Token: Es ist kein signiertes JWT mit iss, sub, aud und exp</translation>
    </message>
    <message>
        <source>is no JSON</source>
        <translation>ist kein JSON</translation>
    </message>
    <message>
        <source>is no JSON text</source>
        <translation>ist kein JSON-Text</translation>
    </message>
    <message>
        <source>is no OpenAPI document: it has no keys</source>
        <translation>ist kein OpenAPI-Dokument: Es hat keine Schlüssel</translation>
    </message>
    <message>
        <source>is no TOML: {0}</source>
        <translation>ist kein TOML: {0}</translation>
    </message>
    <message>
        <source>is no UTF-8 (byte {0})</source>
        <translation>ist kein UTF-8 (Byte {0})</translation>
    </message>
    <message>
        <source>is no YAML that Keyfob edits</source>
        <translation>ist kein YAML, das Keyfob bearbeitet</translation>
    </message>
    <message>
        <source>is no YAML that Keyfob edits: {0}</source>
        <translation>ist kein YAML, das Keyfob bearbeitet: {0}</translation>
    </message>
    <message>
        <source>is no command line</source>
        <translation>ist keine Befehlszeile</translation>
    </message>
    <message>
        <source>is no file</source>
        <translation>ist keine Datei</translation>
    </message>
    <message>
        <source>is no private key in PEM or JWK form</source>
        <translation>ist kein privater Schlüssel in PEM- oder JWK-Form</translation>
    </message>
    <message>
        <source>is no setting</source>
        <translation>ist keine Einstellung</translation>
    </message>
    <message>
        <source>is no time that Keyfob can tell</source>
        <translation>ist keine Zeit, die Keyfob angeben kann</translation>
    </message>
    <message>
        <source>is no variable&apos;s name</source>
        <translation>ist kein Name einer Variablen</translation>
    </message>
    <message>
        <source>is not JSON</source>
        <translation>ist kein JSON</translation>
    </message>
    <message>
        <source>is not JSON: {0}</source>
        <translation>ist kein JSON: {0}</translation>
    </message>
    <message>
        <source>is not a JSON object</source>
        <translation>ist kein JSON-Objekt</translation>
    </message>
    <message>
        <source>is not a key Keyfob knows</source>
        <translation>ist kein Schlüssel, den Keyfob kennt</translation>
    </message>
    <message>
        <source>is not a number</source>
        <translation>ist keine Zahl</translation>
    </message>
    <message>
        <source>is not an absolute path</source>
        <translation>ist kein absoluter Pfad</translation>
    </message>
    <message>
        <source>is not an argument of this command</source>
        <translation>ist kein Argument dieses Befehls</translation>
    </message>
    <message>
        <source>is not an https address</source>
        <translation>ist keine https-Adresse</translation>
    </message>
    <message>
        <source>is not as OpenAPI says, in too many places</source>
        <translation>ist an zu vielen Stellen nicht so, wie OpenAPI es verlangt</translation>
    </message>
    <message>
        <source>is not as OpenAPI says: {0}</source>
        <translation>ist nicht so, wie OpenAPI es verlangt: {0}</translation>
    </message>
    <message>
        <source>is not as you saw it any more</source>
        <translation>ist nicht mehr so, wie Sie es gesehen haben</translation>
    </message>
    <message>
        <source>is not at {0}, where the key belongs</source>
        <translation>liegt nicht bei {0}, wohin der Schlüssel gehört</translation>
    </message>
    <message>
        <source>is not for the demo, which is removed</source>
        <translation>gilt nicht für die Demo, die entfernt wird</translation>
    </message>
    <message>
        <source>is not possible on Windows, where programs inherit no file descriptors</source>
        <translation>ist unter Windows nicht möglich, wo Programme keine Dateideskriptoren erben</translation>
    </message>
    <message>
        <source>is not understood within {0} seconds</source>
        <translation>wird nicht innerhalb von {0} Sekunden verstanden</translation>
    </message>
    <message>
        <source>is not what {0} wants: one secret</source>
        <translation>ist nicht, was {0} braucht: ein Geheimnis</translation>
    </message>
    <message>
        <source>is not what {0} wants: {1} secrets</source>
        <translation>ist nicht, was {0} braucht: {1} Geheimnisse</translation>
    </message>
    <message>
        <source>is read-only</source>
        <translation>ist schreibgeschützt</translation>
    </message>
    <message>
        <source>is read-only (it leads to {0})</source>
        <translation>ist schreibgeschützt (führt zu {0})</translation>
    </message>
    <message>
        <source>is too large ({0} bytes)</source>
        <translation>ist zu groß ({0} Bytes)</translation>
    </message>
    <message>
        <source>is too large a number</source>
        <translation>ist eine zu große Zahl</translation>
    </message>
    <message>
        <source>is written in a way that Keyfob cannot edit safely</source>
        <translation>ist so geschrieben, dass Keyfob es nicht sicher bearbeiten kann</translation>
    </message>
    <message>
        <source>is {0}, not 3.0 or 3.1</source>
        <translation>ist {0}, nicht 3.0 oder 3.1</translation>
    </message>
    <message>
        <source>issued by {0}, whom</source>
        <translation>von {0} ausgestellt, dem</translation>
    </message>
    <message>
        <source>it cannot be checked</source>
        <translation>es kann nicht geprüft werden</translation>
    </message>
    <message>
        <source>it closed the connection without an answer</source>
        <translation>die Verbindung wurde ohne Antwort geschlossen</translation>
    </message>
    <message>
        <source>it does not speak TLS as it should</source>
        <translation>TLS wird dort nicht richtig gesprochen</translation>
    </message>
    <message>
        <source>it has a format that this version does not know</source>
        <translation>sie hat ein Format, das diese Version nicht kennt</translation>
    </message>
    <message>
        <source>it is cut short, changed or not Keyfob&apos;s</source>
        <translation>sie ist abgeschnitten, verändert oder nicht von Keyfob</translation>
    </message>
    <message>
        <source>it is gone</source>
        <translation>er ist weg</translation>
    </message>
    <message>
        <source>it is not as Keyfob writes it</source>
        <translation>sie ist nicht so, wie Keyfob sie schreibt</translation>
    </message>
    <message>
        <source>it is not needed any more</source>
        <translation>es wird nicht mehr gebraucht</translation>
    </message>
    <message>
        <source>it leads where Keyfob was before</source>
        <translation>er führt dorthin, wo Keyfob früher war</translation>
    </message>
    <message>
        <source>it lies at another address than the API, and its key does not go there</source>
        <translation>sie liegt an einer anderen Adresse als die API, und ihr Schlüssel geht nicht dorthin</translation>
    </message>
    <message>
        <source>it may do more than read</source>
        <translation>er darf mehr als lesen</translation>
    </message>
    <message>
        <source>it needs a cookie, and Keyfob sends none</source>
        <translation>sie braucht ein Cookie, und Keyfob sendet keine</translation>
    </message>
    <message>
        <source>it opened no session</source>
        <translation>es hat keine Sitzung eröffnet</translation>
    </message>
    <message>
        <source>it takes too long</source>
        <translation>es dauert zu lange</translation>
    </message>
    <message>
        <source>it took too long</source>
        <translation>es hat zu lange gedauert</translation>
    </message>
    <message>
        <source>it was changed</source>
        <translation>er wurde geändert</translation>
    </message>
    <message>
        <source>its access allows more</source>
        <translation>der Zugriff erlaubt mehr</translation>
    </message>
    <message>
        <source>its answer breaks off</source>
        <translation>die Antwort bricht ab</translation>
    </message>
    <message>
        <source>its answer is no HTTP</source>
        <translation>die Antwort ist kein HTTP</translation>
    </message>
    <message>
        <source>its client ended the session</source>
        <translation>der Client hat die Sitzung beendet</translation>
    </message>
    <message>
        <source>its client has gone</source>
        <translation>der Client ist weg</translation>
    </message>
    <message>
        <source>its groups of tools change</source>
        <translation>die Gruppen der Werkzeuge ändern sich</translation>
    </message>
    <message>
        <source>its key is made in a way that this version does not know</source>
        <translation>ihr Schlüssel ist auf eine Weise gebildet, die diese Version nicht kennt</translation>
    </message>
    <message>
        <source>its list of items was changed</source>
        <translation>die Liste der Elemente wurde verändert</translation>
    </message>
    <message>
        <source>its name cannot be found</source>
        <translation>der Name ist nicht zu finden</translation>
    </message>
    <message>
        <source>its path has a parameter that is not described</source>
        <translation>der Pfad hat einen Parameter, der nicht beschrieben ist</translation>
    </message>
    <message>
        <source>its path is none</source>
        <translation>der Pfad ist keiner</translation>
    </message>
    <message>
        <source>its server is gone</source>
        <translation>der Server ist weg</translation>
    </message>
    <message>
        <source>its token was revoked</source>
        <translation>sein Token wurde widerrufen</translation>
    </message>
    <message>
        <source>its tools need no approval any more</source>
        <translation>die Werkzeuge brauchen keine Freigabe mehr</translation>
    </message>
    <message>
        <source>leads to too much of the document</source>
        <translation>führt zu zu viel des Dokuments</translation>
    </message>
    <message>
        <source>lies nowhere that Keyfob knows on this system</source>
        <translation>liegt nirgends, wo Keyfob auf diesem System sucht</translation>
    </message>
    <message>
        <source>line {0}, column {1}: {2}</source>
        <translation>Zeile {0}, Spalte {1}: {2}</translation>
    </message>
    <message>
        <source>longer than anybody reads</source>
        <translation>länger, als jemand liest</translation>
    </message>
    <message>
        <source>looks random</source>
        <translation>sieht zufällig aus</translation>
    </message>
    <message>
        <source>marks words for the model by tags</source>
        <translation>kennzeichnet Wörter für das Modell mit Tags</translation>
    </message>
    <message>
        <source>may call</source>
        <translation>darf aufrufen:</translation>
    </message>
    <message>
        <source>may never call</source>
        <translation>darf nie aufrufen:</translation>
    </message>
    <message>
        <source>mcp-remote is given {0}, which Keyfob does not know.</source>
        <translation>mcp-remote bekommt {0}, was Keyfob nicht kennt.</translation>
    </message>
    <message>
        <source>means a list, which Keyfob writes in TOML and YAML only</source>
        <translation>bedeutet eine Liste, die Keyfob nur in TOML und YAML schreibt</translation>
    </message>
    <message>
        <source>means nothing for this kind of account</source>
        <translation>bedeutet für diese Art von Konto nichts</translation>
    </message>
    <message>
        <source>means nothing to a program</source>
        <translation>bedeutet für ein Programm nichts</translation>
    </message>
    <message>
        <source>must be 1 or more</source>
        <translation>muss mindestens 1 sein</translation>
    </message>
    <message>
        <source>must be a list of objects</source>
        <translation>muss eine Liste von Objekten sein</translation>
    </message>
    <message>
        <source>must be a list of texts</source>
        <translation>muss eine Liste von Texten sein</translation>
    </message>
    <message>
        <source>must be a moment before the end</source>
        <translation>muss ein Zeitpunkt vor dem Ende sein</translation>
    </message>
    <message>
        <source>must be a table</source>
        <translation>muss eine Tabelle sein</translation>
    </message>
    <message>
        <source>must be a text</source>
        <translation>muss ein Text sein</translation>
    </message>
    <message>
        <source>must be a text, a whole number, true or false</source>
        <translation>muss ein Text, eine ganze Zahl, true oder false sein</translation>
    </message>
    <message>
        <source>must be a whole number</source>
        <translation>muss eine ganze Zahl sein</translation>
    </message>
    <message>
        <source>must be a whole path</source>
        <translation>muss ein ganzer Pfad sein</translation>
    </message>
    <message>
        <source>must be a {0}</source>
        <translation>muss vom Typ {0} sein</translation>
    </message>
    <message>
        <source>must be an object</source>
        <translation>muss ein Objekt sein</translation>
    </message>
    <message>
        <source>must be an object of texts</source>
        <translation>muss ein Objekt aus Texten sein</translation>
    </message>
    <message>
        <source>must be one key where the servers are a list</source>
        <translation>muss ein einziger Schlüssel sein, wo die Server eine Liste sind</translation>
    </message>
    <message>
        <source>must be seconds since the epoch</source>
        <translation>muss in Sekunden seit 1970 angegeben sein</translation>
    </message>
    <message>
        <source>must be true or false</source>
        <translation>muss true oder false sein</translation>
    </message>
    <message>
        <source>must have one colon between user name and password</source>
        <translation>muss genau einen Doppelpunkt zwischen Benutzername und Passwort haben</translation>
    </message>
    <message>
        <source>must have {{key}} in it once</source>
        <translation>muss {{key}} genau einmal enthalten</translation>
    </message>
    <message>
        <source>named like a secret</source>
        <translation>heißt wie ein Geheimnis</translation>
    </message>
    <message>
        <source>names another {0}</source>
        <translation>nennt ein anderes Feld {0}</translation>
    </message>
    <message>
        <source>names no tool</source>
        <translation>nennt kein Werkzeug</translation>
    </message>
    <message>
        <source>nested too deep</source>
        <translation>zu tief verschachtelt</translation>
    </message>
    <message>
        <source>no YAML that Keyfob edits</source>
        <translation>kein YAML, das Keyfob bearbeitet</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>keine Antwort</translation>
    </message>
    <message>
        <source>no answer in {0} seconds</source>
        <translation>keine Antwort innerhalb von {0} Sekunden</translation>
    </message>
    <message>
        <source>no flow</source>
        <translation>kein Ablauf</translation>
    </message>
    <message>
        <source>no folder at all: PATH is empty</source>
        <translation>in gar keinem Ordner: PATH ist leer</translation>
    </message>
    <message>
        <source>no line was readable</source>
        <translation>keine Zeile war lesbar</translation>
    </message>
    <message>
        <source>no word of its own</source>
        <translation>keine eigene Einstellung</translation>
    </message>
    <message>
        <source>nobody used it</source>
        <translation>niemand hat es verwendet</translation>
    </message>
    <message>
        <source>nothing becomes nothing</source>
        <translation>nichts wird zu nichts</translation>
    </message>
    <message>
        <source>nothing becomes {0}</source>
        <translation>nichts wird zu {0}</translation>
    </message>
    <message>
        <source>nothing yet: no client has asked</source>
        <translation>noch nichts: kein Client hat gefragt</translation>
    </message>
    <message>
        <source>on a file descriptor</source>
        <translation>auf einem Dateideskriptor</translation>
    </message>
    <message>
        <source>one secret</source>
        <translation>ein Geheimnis</translation>
    </message>
    <message>
        <source>one that</source>
        <translation>eines, dem</translation>
    </message>
    <message>
        <source>only {0} of {1} bytes were taken</source>
        <translation>nur {0} von {1} Bytes wurden angenommen</translation>
    </message>
    <message>
        <source>opens a stream and does not say where messages go</source>
        <translation>öffnet einen Datenstrom und sagt nicht, wohin Nachrichten gehen</translation>
    </message>
    <message>
        <source>other sessions need its place</source>
        <translation>andere Sitzungen brauchen den Platz</translation>
    </message>
    <message>
        <source>pairing {0}</source>
        <translation>Kopplung {0}</translation>
    </message>
    <message>
        <source>parameter {0}</source>
        <translation>Parameter {0}</translation>
    </message>
    <message>
        <source>removed: {0}</source>
        <translation>entfernt: {0}</translation>
    </message>
    <message>
        <source>request {0}</source>
        <translation>Anfrage {0}</translation>
    </message>
    <message>
        <source>rests on what was edited by hand and is not accepted yet</source>
        <translation>beruht auf von Hand Geändertem, das noch nicht angenommen ist</translation>
    </message>
    <message>
        <source>revoke the {0} token</source>
        <translation>{0}-Token widerrufen</translation>
    </message>
    <message>
        <source>rule {0}</source>
        <translation>Regel {0}</translation>
    </message>
    <message>
        <source>runs of variation selectors</source>
        <translation>Folgen von Variantenselektoren</translation>
    </message>
    <message>
        <source>says nothing of where clients&apos; files lie</source>
        <translation>sagt nicht, wo die Dateien von Clients liegen</translation>
    </message>
    <message>
        <source>several reasons</source>
        <translation>mehrere Gründe</translation>
    </message>
    <message>
        <source>signs in another way</source>
        <translation>meldet sich auf andere Weise an</translation>
    </message>
    <message>
        <source>site {0}</source>
        <translation>Website {0}</translation>
    </message>
    <message>
        <source>something else</source>
        <translation>etwas anderes</translation>
    </message>
    <message>
        <source>something stands behind the end</source>
        <translation>hinter dem Ende steht noch etwas</translation>
    </message>
    <message>
        <source>something that is no JSON-RPC</source>
        <translation>etwas, das kein JSON-RPC ist</translation>
    </message>
    <message>
        <source>stands in {0} as well</source>
        <translation>steht auch in {0}</translation>
    </message>
    <message>
        <source>stands twice</source>
        <translation>steht zweimal da</translation>
    </message>
    <message>
        <source>stays open to other users</source>
        <translation>bleibt für andere Benutzer offen</translation>
    </message>
    <message>
        <source>steers which code runs</source>
        <translation>bestimmt, welcher Code läuft</translation>
    </message>
    <message>
        <source>steers which code runs, and is no place for a secret</source>
        <translation>bestimmt, welcher Code läuft, und ist kein Platz für ein Geheimnis</translation>
    </message>
    <message>
        <source>tells the model to disregard others</source>
        <translation>sagt dem Modell, andere zu missachten</translation>
    </message>
    <message>
        <source>tells the model to hide something</source>
        <translation>sagt dem Modell, etwas zu verbergen</translation>
    </message>
    <message>
        <source>tells the model what to do before or after other tools</source>
        <translation>sagt dem Modell, was vor oder nach anderen Werkzeugen zu tun ist</translation>
    </message>
    <message>
        <source>that says it is {0}</source>
        <translation>(nennt sich {0})</translation>
    </message>
    <message>
        <source>the JWK is a public key</source>
        <translation>das JWK ist ein öffentlicher Schlüssel</translation>
    </message>
    <message>
        <source>the JWK is no usable RSA or EC key</source>
        <translation>das JWK ist kein brauchbarer RSA- oder EC-Schlüssel</translation>
    </message>
    <message>
        <source>the PEM holds no private key</source>
        <translation>das PEM enthält keinen privaten Schlüssel</translation>
    </message>
    <message>
        <source>the RSA key is shorter than 2048 bits</source>
        <translation>der RSA-Schlüssel ist kürzer als 2048 Bit</translation>
    </message>
    <message>
        <source>the address</source>
        <translation>die Adresse</translation>
    </message>
    <message>
        <source>the app&apos;s private key</source>
        <translation>der private Schlüssel der App</translation>
    </message>
    <message>
        <source>the bridge, which the client launches</source>
        <translation>die Bridge, die der Client startet</translation>
    </message>
    <message>
        <source>the client&apos;s secret or private key</source>
        <translation>das Geheimnis oder der private Schlüssel des Clients</translation>
    </message>
    <message>
        <source>the curve is {0}, not P-256</source>
        <translation>die Kurve ist {0}, nicht P-256</translation>
    </message>
    <message>
        <source>the document cannot be kept: {0}</source>
        <translation>das Dokument kann nicht aufbewahrt werden: {0}</translation>
    </message>
    <message>
        <source>the document names {0}, which only you can choose: it is without TLS, or lies inside your own network</source>
        <translation>das Dokument nennt {0}, was nur Sie wählen können: Es ist ohne TLS oder liegt in Ihrem eigenen Netzwerk</translation>
    </message>
    <message>
        <source>the document says nowhere where the API is</source>
        <translation>das Dokument sagt nirgends, wo die API ist</translation>
    </message>
    <message>
        <source>the file</source>
        <translation>die Datei</translation>
    </message>
    <message>
        <source>the file cannot be read</source>
        <translation>die Datei kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>the file is for something else, not a service account</source>
        <translation>die Datei ist für etwas anderes, nicht für ein Dienstkonto</translation>
    </message>
    <message>
        <source>the file is for {0}, not a service account</source>
        <translation>die Datei ist für {0}, nicht für ein Dienstkonto</translation>
    </message>
    <message>
        <source>the file is no mapping</source>
        <translation>die Datei ist keine Zuordnung</translation>
    </message>
    <message>
        <source>the header {0}</source>
        <translation>der Header {0}</translation>
    </message>
    <message>
        <source>the identity provider&apos;s {0} is missing</source>
        <translation>beim Identitätsanbieter fehlt: {0}</translation>
    </message>
    <message>
        <source>the item {0} was changed</source>
        <translation>das Element {0} wurde verändert</translation>
    </message>
    <message>
        <source>the key is neither RSA nor P-256</source>
        <translation>der Schlüssel ist weder RSA noch P-256</translation>
    </message>
    <message>
        <source>the key is protected by a passphrase, which Keyfob does not ask for</source>
        <translation>der Schlüssel ist mit einer Passphrase geschützt, nach der Keyfob nicht fragt</translation>
    </message>
    <message>
        <source>the last line does not agree with the one before it</source>
        <translation>die letzte Zeile passt nicht zu der davor</translation>
    </message>
    <message>
        <source>the last line is torn</source>
        <translation>die letzte Zeile ist abgerissen</translation>
    </message>
    <message>
        <source>the last line was torn</source>
        <translation>die letzte Zeile war abgerissen</translation>
    </message>
    <message>
        <source>the log ends {0} events before its last anchored one</source>
        <translation>das Protokoll endet {0} Ereignisse vor dem zuletzt verankerten</translation>
    </message>
    <message>
        <source>the name {0} stands twice</source>
        <translation>der Name {0} steht zweimal da</translation>
    </message>
    <message>
        <source>the parameter {0}</source>
        <translation>der Parameter {0}</translation>
    </message>
    <message>
        <source>the password of HTTP Basic</source>
        <translation>das Passwort von HTTP Basic</translation>
    </message>
    <message>
        <source>the rule that {0}</source>
        <translation>Regel „{0}“</translation>
    </message>
    <message>
        <source>the server no longer accepts it</source>
        <translation>der Server nimmt es nicht mehr an</translation>
    </message>
    <message>
        <source>the server {0}</source>
        <translation>Server {0}</translation>
    </message>
    <message>
        <source>the service account&apos;s JSON key</source>
        <translation>der JSON-Schlüssel des Dienstkontos</translation>
    </message>
    <message>
        <source>the sign-in in {0}&apos;s file {1}</source>
        <translation>die Anmeldung in der Datei {1} von {0}</translation>
    </message>
    <message>
        <source>the token of a sign-in</source>
        <translation>das Token einer Anmeldung</translation>
    </message>
    <message>
        <source>the tool {0}</source>
        <translation>Werkzeug {0}</translation>
    </message>
    <message>
        <source>the window does not speak {0}</source>
        <translation>das Fenster spricht {0} nicht</translation>
    </message>
    <message>
        <source>their order changes</source>
        <translation>ihre Reihenfolge ändert sich</translation>
    </message>
    <message>
        <source>there is a server {0} already</source>
        <translation>es gibt schon einen Server {0}</translation>
    </message>
    <message>
        <source>there is neither an ID token nor a refresh token of the identity provider</source>
        <translation>es gibt weder ein ID-Token noch ein Refresh-Token des Identitätsanbieters</translation>
    </message>
    <message>
        <source>there is no account {0}</source>
        <translation>es gibt kein Konto {0}</translation>
    </message>
    <message>
        <source>there is no program {0}</source>
        <translation>es gibt kein Programm {0}</translation>
    </message>
    <message>
        <source>there is no such server</source>
        <translation>diesen Server gibt es nicht</translation>
    </message>
    <message>
        <source>this Keyfob is installed without its OpenAPI part</source>
        <translation>dieses Keyfob ist ohne den OpenAPI-Teil installiert</translation>
    </message>
    <message>
        <source>this is Swagger 2, which Keyfob does not read</source>
        <translation>das ist Swagger 2, das Keyfob nicht liest</translation>
    </message>
    <message>
        <source>this is not a line of the log</source>
        <translation>das ist keine Zeile des Protokolls</translation>
    </message>
    <message>
        <source>this is not the event that was anchored</source>
        <translation>das ist nicht das verankerte Ereignis</translation>
    </message>
    <message>
        <source>this line, or the one before it, was changed</source>
        <translation>diese Zeile oder die davor wurde verändert</translation>
    </message>
    <message>
        <source>this session&apos;s answer</source>
        <translation>Antwort für diese Sitzung</translation>
    </message>
    <message>
        <source>this {0} closes nothing</source>
        <translation>dieses {0} schließt nichts</translation>
    </message>
    <message>
        <source>this {0} is never closed</source>
        <translation>dieses {0} wird nie geschlossen</translation>
    </message>
    <message>
        <source>to {0}</source>
        <translation>nach {0}</translation>
    </message>
    <message>
        <source>tools need no approval any more</source>
        <translation>Werkzeuge brauchen keine Freigabe mehr</translation>
    </message>
    <message>
        <source>tools/call names no tool.</source>
        <translation>tools/call nennt kein Werkzeug.</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>until {0}</source>
        <translation>bis {0}</translation>
    </message>
    <message>
        <source>uri {0}</source>
        <translation>URI {0}</translation>
    </message>
    <message>
        <source>use this server</source>
        <translation>diesen Server verwenden</translation>
    </message>
    <message>
        <source>uses the account none in place of {0}</source>
        <translation>verwendet kein Konto statt {0}</translation>
    </message>
    <message>
        <source>uses the account {0} in place of {1}</source>
        <translation>verwendet das Konto {0} statt {1}</translation>
    </message>
    <message>
        <source>variable {0}</source>
        <translation>Variable {0}</translation>
    </message>
    <message>
        <source>way to show tools</source>
        <translation>Art, Werkzeuge zu zeigen</translation>
    </message>
    <message>
        <source>whole number</source>
        <translation>ganze Zahl</translation>
    </message>
    <message>
        <source>with exit code {0}</source>
        <translation>mit Exit-Code {0}</translation>
    </message>
    <message>
        <source>with the account {0}</source>
        <translation>mit dem Konto {0}</translation>
    </message>
    <message>
        <source>within itself</source>
        <translation>innerhalb von sich selbst</translation>
    </message>
    <message>
        <source>without an exit code</source>
        <translation>ohne Exit-Code</translation>
    </message>
    <message>
        <source>written like a known kind of key</source>
        <translation>geschrieben wie eine bekannte Schlüsselart</translation>
    </message>
    <message>
        <source>you ended what it was for</source>
        <translation>Sie haben beendet, wofür es da war</translation>
    </message>
    <message>
        <source>your answer</source>
        <translation>Ihre Antwort</translation>
    </message>
    <message>
        <source>your answer until the lock</source>
        <translation>Ihre Antwort bis zum Sperren</translation>
    </message>
    <message>
        <source>your answer, kept as rule {0}</source>
        <translation>Ihre Antwort, aufbewahrt als Regel {0}</translation>
    </message>
    <message>
        <source>your servers</source>
        <translation>Ihre Server</translation>
    </message>
    <message>
        <source>zero-width characters</source>
        <translation>Zeichen ohne Breite</translation>
    </message>
    <message>
        <source>{0} It failed {1} times in a row.</source>
        <translation>{0} Fehlgeschlagen {1}-mal in Folge.</translation>
    </message>
    <message>
        <source>{0} Its description is another&apos;s: it lies at {1}.</source>
        <translation>{0} Die Beschreibung stammt von anderswo: {1}.</translation>
    </message>
    <message>
        <source>{0} Its passphrase opens it. {1}</source>
        <translation>{0} Die Passphrase öffnet es. {1}</translation>
    </message>
    <message>
        <source>{0} MiB are free on the disk; the audit log has {1} MiB.</source>
        <translation>{0} MiB sind auf dem Datenträger frei; das Protokoll hat {1} MiB.</translation>
    </message>
    <message>
        <source>{0} See `keyfob client list --all`, or add it to clients.toml.</source>
        <translation>{0} Siehe `keyfob client list --all`, oder fügen Sie ihn in clients.toml hinzu.</translation>
    </message>
    <message>
        <source>{0} and {1} more</source>
        <translation>{0} und {1} weitere</translation>
    </message>
    <message>
        <source>{0} answered with a code.</source>
        <translation>{0} hat mit einem Code geantwortet.</translation>
    </message>
    <message>
        <source>{0} answered without a code.</source>
        <translation>{0} hat ohne Code geantwortet.</translation>
    </message>
    <message>
        <source>{0} answers HTTP {1} and leads to {2} instead of a document.</source>
        <translation>{0} antwortet mit HTTP {1} und führt zu {2}, statt ein Dokument zu liefern.</translation>
    </message>
    <message>
        <source>{0} answers HTTP {1} instead of a document.</source>
        <translation>{0} antwortet mit HTTP {1}, statt ein Dokument zu liefern.</translation>
    </message>
    <message>
        <source>{0} answers HTTP {1}.</source>
        <translation>{0} antwortet mit HTTP {1}.</translation>
    </message>
    <message>
        <source>{0} answers without an account: clients reach it as it is.</source>
        <translation>{0} antwortet ohne Konto: Clients erreichen ihn, wie er ist.</translation>
    </message>
    <message>
        <source>{0} asks before it calls every tool{1}{2} of every server{3}{4}</source>
        <translation>{0} fragt vor dem Aufruf: alle Werkzeuge{1}{2} aller Server{3}{4}</translation>
    </message>
    <message>
        <source>{0} asks before it calls every tool{1}{2} of {3}{4}{5}</source>
        <translation>{0} fragt vor dem Aufruf: alle Werkzeuge{1}{2} von {3}{4}{5}</translation>
    </message>
    <message>
        <source>{0} asks before it calls {1}{2}{3} of every server{4}{5}</source>
        <translation>{0} fragt vor dem Aufruf: {1}{2}{3} aller Server{4}{5}</translation>
    </message>
    <message>
        <source>{0} asks before it calls {1}{2}{3} of {4}{5}{6}</source>
        <translation>{0} fragt vor dem Aufruf: {1}{2}{3} von {4}{5}{6}</translation>
    </message>
    <message>
        <source>{0} becomes nothing</source>
        <translation>{0} fällt weg</translation>
    </message>
    <message>
        <source>{0} becomes {1}</source>
        <translation>{0} wird zu {1}</translation>
    </message>
    <message>
        <source>{0} becomes {1}, or how it is reached changes</source>
        <translation>{0} wird zu {1}, oder der Weg dorthin ändert sich</translation>
    </message>
    <message>
        <source>{0} begins in its own line</source>
        <translation>{0} beginnt in einer eigenen Zeile</translation>
    </message>
    <message>
        <source>{0} belongs to another installation of Keyfob.</source>
        <translation>{0} gehört zu einer anderen Installation von Keyfob.</translation>
    </message>
    <message>
        <source>{0} belongs to another user.</source>
        <translation>{0} gehört einem anderen Benutzer.</translation>
    </message>
    <message>
        <source>{0} calls itself {1}, which is not where it was found.</source>
        <translation>{0} nennt sich {1}, wurde aber woanders gefunden.</translation>
    </message>
    <message>
        <source>{0} can be opened by others ({1}).</source>
        <translation>{0} kann von anderen geöffnet werden ({1}).</translation>
    </message>
    <message>
        <source>{0} can be reached.</source>
        <translation>{0} ist erreichbar.</translation>
    </message>
    <message>
        <source>{0} cannot answer now ({1}).</source>
        <translation>{0} kann jetzt nicht antworten ({1}).</translation>
    </message>
    <message>
        <source>{0} cannot be a client&apos;s name</source>
        <translation>{0} kann kein Name eines Clients sein</translation>
    </message>
    <message>
        <source>{0} cannot be a name</source>
        <translation>{0} kann kein Name sein</translation>
    </message>
    <message>
        <source>{0} cannot be an authorization server&apos;s name.</source>
        <translation>{0} kann kein Name eines Anmeldeservers sein.</translation>
    </message>
    <message>
        <source>{0} cannot be given to a batch file safely</source>
        <translation>{0} kann einer Batch-Datei nicht sicher übergeben werden</translation>
    </message>
    <message>
        <source>{0} cannot be reached: {1}.</source>
        <translation>{0} ist nicht erreichbar: {1}.</translation>
    </message>
    <message>
        <source>{0} cannot be read ({1})</source>
        <translation>{0} kann nicht gelesen werden ({1})</translation>
    </message>
    <message>
        <source>{0} cannot be read now.{1}</source>
        <translation>{0} kann gerade nicht gelesen werden.{1}</translation>
    </message>
    <message>
        <source>{0} cannot be read: {1}</source>
        <translation>{0} kann nicht gelesen werden: {1}</translation>
    </message>
    <message>
        <source>{0} cannot be renewed now.{1}</source>
        <translation>{0} kann jetzt nicht erneuert werden.{1}</translation>
    </message>
    <message>
        <source>{0} cannot be used ({1}).</source>
        <translation>{0} kann nicht verwendet werden ({1}).</translation>
    </message>
    <message>
        <source>{0} cannot be used: {1}.</source>
        <translation>{0} kann nicht verwendet werden: {1}.</translation>
    </message>
    <message>
        <source>{0} characters</source>
        <translation>{0} Zeichen</translation>
    </message>
    <message>
        <source>{0} could be in any folder</source>
        <translation>{0} könnte in jedem Ordner liegen</translation>
    </message>
    <message>
        <source>{0} did not answer in {1} seconds.</source>
        <translation>{0} hat nicht innerhalb von {1} Sekunden geantwortet.</translation>
    </message>
    <message>
        <source>{0} did not register Keyfob: {1}.</source>
        <translation>{0} hat Keyfob nicht registriert: {1}.</translation>
    </message>
    <message>
        <source>{0} did not send the document in {1} seconds.</source>
        <translation>{0} hat das Dokument nicht innerhalb von {1} Sekunden gesendet.</translation>
    </message>
    <message>
        <source>{0} did not {1} ({2}).</source>
        <translation>Bei {0} fehlgeschlagen: {1} ({2}).</translation>
    </message>
    <message>
        <source>{0} does not answer in time.</source>
        <translation>{0} antwortet nicht rechtzeitig.</translation>
    </message>
    <message>
        <source>{0} does not answer.</source>
        <translation>{0} antwortet nicht.</translation>
    </message>
    <message>
        <source>{0} does not answer.{1}</source>
        <translation>{0} antwortet nicht.{1}</translation>
    </message>
    <message>
        <source>{0} does not know Keyfob for this; registering.</source>
        <translation>{0} kennt Keyfob dafür nicht; Keyfob registriert sich.</translation>
    </message>
    <message>
        <source>{0} does not know Keyfob&apos;s client just now.</source>
        <translation>{0} kennt Keyfobs Client gerade nicht.</translation>
    </message>
    <message>
        <source>{0} does not offer PKCE with S256, so nothing was sent to it.</source>
        <translation>{0} bietet kein PKCE mit S256 an, deshalb wurde nichts dorthin gesendet.</translation>
    </message>
    <message>
        <source>{0} does not say who signs people in to it.</source>
        <translation>{0} sagt nicht, wo man sich dafür anmeldet.</translation>
    </message>
    <message>
        <source>{0} edits of config.toml allow more and wait for your yes.</source>
        <translation>{0} Änderungen an config.toml erlauben mehr und warten auf Ihr Ja.</translation>
    </message>
    <message>
        <source>{0} for every client: every tool of every server{1}</source>
        <translation>{0} für alle Clients: alle Werkzeuge aller Server{1}</translation>
    </message>
    <message>
        <source>{0} for every client: every tool of {1}{2}</source>
        <translation>{0} für alle Clients: alle Werkzeuge von {1}{2}</translation>
    </message>
    <message>
        <source>{0} for every client: group {1} of every server{2}</source>
        <translation>{0} für alle Clients: Gruppe {1} aller Server{2}</translation>
    </message>
    <message>
        <source>{0} for every client: group {1} of {2}{3}</source>
        <translation>{0} für alle Clients: Gruppe {1} von {2}{3}</translation>
    </message>
    <message>
        <source>{0} for every client: {1} of every server{2}</source>
        <translation>{0} für alle Clients: {1} aller Server{2}</translation>
    </message>
    <message>
        <source>{0} for every client: {1} of {2}{3}</source>
        <translation>{0} für alle Clients: {1} von {2}{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: every tool of every server{2}</source>
        <translation>{0} für {1}: alle Werkzeuge aller Server{2}</translation>
    </message>
    <message>
        <source>{0} for {1}: every tool of {2}{3}</source>
        <translation>{0} für {1}: alle Werkzeuge von {2}{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: group {2} of every server{3}</source>
        <translation>{0} für {1}: Gruppe {2} aller Server{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: group {2} of {3}{4}</source>
        <translation>{0} für {1}: Gruppe {2} von {3}{4}</translation>
    </message>
    <message>
        <source>{0} for {1}: {2} of every server{3}</source>
        <translation>{0} für {1}: {2} aller Server{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: {2} of {3}{4}</source>
        <translation>{0} für {1}: {2} von {3}{4}</translation>
    </message>
    <message>
        <source>{0} gave a token for {1}.</source>
        <translation>{0} hat ein Token für {1} ausgestellt.</translation>
    </message>
    <message>
        <source>{0} gave no refresh token.</source>
        <translation>{0} hat kein Refresh-Token ausgestellt.</translation>
    </message>
    <message>
        <source>{0} gave no token ({1}).</source>
        <translation>{0} hat kein Token ausgestellt ({1}).</translation>
    </message>
    <message>
        <source>{0} gave nothing to renew the token with.</source>
        <translation>{0} hat nichts ausgestellt, womit sich das Token erneuern ließe.</translation>
    </message>
    <message>
        <source>{0} has another address for each of its customers</source>
        <translation>{0} hat für jeden Kunden eine andere Adresse</translation>
    </message>
    <message>
        <source>{0} has characters that no address has</source>
        <translation>{0} enthält Zeichen, die keine Adresse hat</translation>
    </message>
    <message>
        <source>{0} has its token from {1}, and the server is signed in to at {2} now.</source>
        <translation>{0} hat sein Token von {1}, und für den Server meldet man sich jetzt bei {2} an.</translation>
    </message>
    <message>
        <source>{0} has no account yet.</source>
        <translation>{0} hat noch kein Konto.</translation>
    </message>
    <message>
        <source>{0} has no page to sign in at.</source>
        <translation>{0} hat keine Seite zum Anmelden.</translation>
    </message>
    <message>
        <source>{0} holds your secrets now.</source>
        <translation>{0} enthält jetzt Ihre Geheimnisse.</translation>
    </message>
    <message>
        <source>{0} in {1}</source>
        <translation>{0} in {1}</translation>
    </message>
    <message>
        <source>{0} is Keyfob&apos;s own name</source>
        <translation>{0} ist ein Name von Keyfob selbst</translation>
    </message>
    <message>
        <source>{0} is a relative path</source>
        <translation>{0} ist ein relativer Pfad</translation>
    </message>
    <message>
        <source>{0} is connected.</source>
        <translation>{0} ist verbunden.</translation>
    </message>
    <message>
        <source>{0} is damaged: {1}.</source>
        <translation>{0} ist beschädigt: {1}.</translation>
    </message>
    <message>
        <source>{0} is done from Keyfob&apos;s window only.</source>
        <translation>{0} geht nur im Fenster von Keyfob.</translation>
    </message>
    <message>
        <source>{0} is empty</source>
        <translation>{0} ist leer</translation>
    </message>
    <message>
        <source>{0} is given no secret</source>
        <translation>{0} bekommt kein Geheimnis</translation>
    </message>
    <message>
        <source>{0} is gone, and Keyfob had your secrets in it.</source>
        <translation>{0} ist verschwunden, und Keyfob hatte Ihre Geheimnisse darin.</translation>
    </message>
    <message>
        <source>{0} is in use already</source>
        <translation>{0} ist schon in Gebrauch</translation>
    </message>
    <message>
        <source>{0} is locked.</source>
        <translation>{0} ist gesperrt.</translation>
    </message>
    <message>
        <source>{0} is locked.{1}</source>
        <translation>{0} ist gesperrt.{1}</translation>
    </message>
    <message>
        <source>{0} is missing</source>
        <translation>{0} fehlt</translation>
    </message>
    <message>
        <source>{0} is no absolute path</source>
        <translation>{0} ist kein absoluter Pfad</translation>
    </message>
    <message>
        <source>{0} is no audit event</source>
        <translation>{0} ist kein Ereignis des Protokolls</translation>
    </message>
    <message>
        <source>{0} is no base: it has a query</source>
        <translation>{0} taugt nicht als Basis: Die Adresse hat eine Query</translation>
    </message>
    <message>
        <source>{0} is no callback address</source>
        <translation>{0} ist keine Callback-Adresse</translation>
    </message>
    <message>
        <source>{0} is no file</source>
        <translation>{0} ist keine Datei</translation>
    </message>
    <message>
        <source>{0} is no header&apos;s name</source>
        <translation>{0} ist kein Name eines Headers</translation>
    </message>
    <message>
        <source>{0} is no https address</source>
        <translation>{0} ist keine https-Adresse</translation>
    </message>
    <message>
        <source>{0} is no https address with a path</source>
        <translation>{0} ist keine https-Adresse mit einem Pfad</translation>
    </message>
    <message>
        <source>{0} is no kind</source>
        <translation>{0} ist keine Art</translation>
    </message>
    <message>
        <source>{0} is no list</source>
        <translation>{0} ist keine Liste</translation>
    </message>
    <message>
        <source>{0} is no mapping</source>
        <translation>{0} ist keine Zuordnung</translation>
    </message>
    <message>
        <source>{0} is no method</source>
        <translation>{0} ist keine Methode</translation>
    </message>
    <message>
        <source>{0} is no object</source>
        <translation>{0} ist kein Objekt</translation>
    </message>
    <message>
        <source>{0} is no origin</source>
        <translation>{0} ist kein Ursprung</translation>
    </message>
    <message>
        <source>{0} is no parameter&apos;s name</source>
        <translation>{0} ist kein Name eines Parameters</translation>
    </message>
    <message>
        <source>{0} is no path</source>
        <translation>{0} ist kein Pfad</translation>
    </message>
    <message>
        <source>{0} is no pattern</source>
        <translation>{0} ist kein Muster</translation>
    </message>
    <message>
        <source>{0} is no place</source>
        <translation>{0} ist kein Platz</translation>
    </message>
    <message>
        <source>{0} is no port</source>
        <translation>{0} ist kein Port</translation>
    </message>
    <message>
        <source>{0} is no preset</source>
        <translation>{0} ist keine Voreinstellung</translation>
    </message>
    <message>
        <source>{0} is no store</source>
        <translation>{0} ist kein Speicher</translation>
    </message>
    <message>
        <source>{0} is no such path</source>
        <translation>{0} ist kein solcher Pfad</translation>
    </message>
    <message>
        <source>{0} is no syslog server</source>
        <translation>{0} ist kein syslog-Server</translation>
    </message>
    <message>
        <source>{0} is no table</source>
        <translation>{0} ist keine Tabelle</translation>
    </message>
    <message>
        <source>{0} is no text</source>
        <translation>{0} ist kein Text</translation>
    </message>
    <message>
        <source>{0} is no way to pin</source>
        <translation>{0} ist keine Art, Werkzeuge festzuhalten</translation>
    </message>
    <message>
        <source>{0} is no way to show tools.</source>
        <translation>{0} ist keine Art, Werkzeuge zu zeigen.</translation>
    </message>
    <message>
        <source>{0} is no {1}</source>
        <translation>{0} ist nicht vom Typ {1}</translation>
    </message>
    <message>
        <source>{0} is none</source>
        <translation>{0} ist ungültig</translation>
    </message>
    <message>
        <source>{0} is none of them</source>
        <translation>{0} gehört nicht dazu</translation>
    </message>
    <message>
        <source>{0} is none of {1}</source>
        <translation>{0} gehört nicht zu {1}</translation>
    </message>
    <message>
        <source>{0} is not a URL</source>
        <translation>{0} ist keine URL</translation>
    </message>
    <message>
        <source>{0} is not a port</source>
        <translation>{0} ist kein Port</translation>
    </message>
    <message>
        <source>{0} is not a safe address for a sign-in.</source>
        <translation>{0} ist keine sichere Adresse für eine Anmeldung.</translation>
    </message>
    <message>
        <source>{0} is not a web address</source>
        <translation>{0} ist keine Webadresse</translation>
    </message>
    <message>
        <source>{0} is not connected.</source>
        <translation>{0} ist nicht verbunden.</translation>
    </message>
    <message>
        <source>{0} is not this machine</source>
        <translation>{0} ist nicht dieser Computer</translation>
    </message>
    <message>
        <source>{0} is older than the one that Keyfob wrote last (write {1} of {2}).</source>
        <translation>{0} ist älter als die Fassung, die Keyfob zuletzt geschrieben hat (Schreibvorgang {1} von {2}).</translation>
    </message>
    <message>
        <source>{0} is out of range</source>
        <translation>{0} liegt außerhalb des Bereichs</translation>
    </message>
    <message>
        <source>{0} is set by Keyfob itself</source>
        <translation>{0} wird von Keyfob selbst gesetzt</translation>
    </message>
    <message>
        <source>{0} is too big for a secret</source>
        <translation>{0} ist zu groß für ein Geheimnis</translation>
    </message>
    <message>
        <source>{0} is used twice</source>
        <translation>{0} wird zweimal verwendet</translation>
    </message>
    <message>
        <source>{0} leads in a ring</source>
        <translation>{0} führt im Kreis</translation>
    </message>
    <message>
        <source>{0} leads out of the document, and Keyfob fetches nothing for it</source>
        <translation>{0} führt aus dem Dokument hinaus, und Keyfob holt dafür nichts</translation>
    </message>
    <message>
        <source>{0} leads to an address of this machine or network</source>
        <translation>{0} führt zu einer Adresse dieses Computers oder Netzwerks</translation>
    </message>
    <message>
        <source>{0} leads to an address of this machine or network.</source>
        <translation>{0} führt zu einer Adresse dieses Computers oder Netzwerks.</translation>
    </message>
    <message>
        <source>{0} leads to nothing in the document</source>
        <translation>{0} führt im Dokument zu nichts</translation>
    </message>
    <message>
        <source>{0} leads to {1}, which lies inside your own network.</source>
        <translation>{0} führt zu {1}, was in Ihrem eigenen Netzwerk liegt.</translation>
    </message>
    <message>
        <source>{0} lets no app register itself.</source>
        <translation>{0} lässt keine App sich selbst registrieren.</translation>
    </message>
    <message>
        <source>{0} lines at the end were unreadable</source>
        <translation>{0} Zeilen am Ende waren unlesbar</translation>
    </message>
    <message>
        <source>{0} may call every tool{1}{2} of every server{3}{4}</source>
        <translation>{0} darf alle Werkzeuge{1}{2} aller Server{3}{4} aufrufen</translation>
    </message>
    <message>
        <source>{0} may call every tool{1}{2} of {3}{4}{5}</source>
        <translation>{0} darf alle Werkzeuge{1}{2} von {3}{4}{5} aufrufen</translation>
    </message>
    <message>
        <source>{0} may call {1}{2}{3} of every server{4}{5}</source>
        <translation>{0} darf {1}{2}{3} aller Server{4}{5} aufrufen</translation>
    </message>
    <message>
        <source>{0} may call {1}{2}{3} of {4}{5}{6}</source>
        <translation>{0} darf {1}{2}{3} von {4}{5}{6} aufrufen</translation>
    </message>
    <message>
        <source>{0} may never call every tool{1}{2} of every server{3}{4}</source>
        <translation>{0} darf alle Werkzeuge{1}{2} aller Server{3}{4} nie aufrufen</translation>
    </message>
    <message>
        <source>{0} may never call every tool{1}{2} of {3}{4}{5}</source>
        <translation>{0} darf alle Werkzeuge{1}{2} von {3}{4}{5} nie aufrufen</translation>
    </message>
    <message>
        <source>{0} may never call {1}{2}{3} of every server{4}{5}</source>
        <translation>{0} darf {1}{2}{3} aller Server{4}{5} nie aufrufen</translation>
    </message>
    <message>
        <source>{0} may never call {1}{2}{3} of {4}{5}{6}</source>
        <translation>{0} darf {1}{2}{3} von {4}{5}{6} nie aufrufen</translation>
    </message>
    <message>
        <source>{0} may not call {1} ({2}).</source>
        <translation>{0} darf {1} nicht aufrufen ({2}).</translation>
    </message>
    <message>
        <source>{0} may not use this server ({1}).</source>
        <translation>{0} darf diesen Server nicht verwenden ({1}).</translation>
    </message>
    <message>
        <source>{0} means something else already</source>
        <translation>{0} bedeutet schon etwas anderes</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>{0} weitere</translation>
    </message>
    <message>
        <source>{0} names no authorization server.</source>
        <translation>{0} nennt keinen Anmeldeserver.</translation>
    </message>
    <message>
        <source>{0} names no certificates that can be read.</source>
        <translation>{0} nennt keine lesbaren Zertifikate.</translation>
    </message>
    <message>
        <source>{0} names nobody who signs people in, so it most likely takes a key: `keyfob connect {1} --method api-key --secret-stdin`.</source>
        <translation>{0} nennt niemanden, bei dem man sich anmeldet, und nimmt also wohl einen Schlüssel: `keyfob connect {1} --method api-key --secret-stdin`.</translation>
    </message>
    <message>
        <source>{0} no longer accepts your client ID with its secret or key.</source>
        <translation>{0} nimmt Ihre Client-ID mit ihrem Geheimnis oder Schlüssel nicht mehr an.</translation>
    </message>
    <message>
        <source>{0} no longer knows Keyfob as a client.</source>
        <translation>{0} kennt Keyfob nicht mehr als Client.</translation>
    </message>
    <message>
        <source>{0} no longer knows Keyfob; registering once more.</source>
        <translation>{0} kennt Keyfob nicht mehr; Keyfob registriert sich noch einmal.</translation>
    </message>
    <message>
        <source>{0} offers no sign-in by device code.</source>
        <translation>{0} bietet keine Anmeldung mit einem Code an.</translation>
    </message>
    <message>
        <source>{0} refused the sign-in ({1}).</source>
        <translation>{0} hat die Anmeldung abgelehnt ({1}).</translation>
    </message>
    <message>
        <source>{0} registered Keyfob without a client id.</source>
        <translation>{0} hat Keyfob ohne Client-ID registriert.</translation>
    </message>
    <message>
        <source>{0} secrets</source>
        <translation>{0} Geheimnisse</translation>
    </message>
    <message>
        <source>{0} sends people to {1}, which is not safe.</source>
        <translation>{0} schickt Menschen zu {1}, was nicht sicher ist.</translation>
    </message>
    <message>
        <source>{0} sent more than {1} bytes and was cut off.</source>
        <translation>{0} hat mehr als {1} Bytes gesendet und wurde abgeschnitten.</translation>
    </message>
    <message>
        <source>{0} sent {1} instead of a usable token.</source>
        <translation>{0} hat statt eines brauchbaren Tokens Folgendes gesendet: {1}.</translation>
    </message>
    <message>
        <source>{0} sessions have an id like</source>
        <translation>Mehrere Sitzungen ({0}) haben eine ID wie</translation>
    </message>
    <message>
        <source>{0} sessions have an id like {1}.</source>
        <translation>{0} Sitzungen haben eine ID wie {1}.</translation>
    </message>
    <message>
        <source>{0} speaks nothing yet: no client has asked.</source>
        <translation>{0} spricht noch nichts: Kein Client hat gefragt.</translation>
    </message>
    <message>
        <source>{0} speaks {1}.</source>
        <translation>{0} spricht {1}.</translation>
    </message>
    <message>
        <source>{0} stands twice</source>
        <translation>{0} steht zweimal da</translation>
    </message>
    <message>
        <source>{0} stands twice in {1}</source>
        <translation>{0} steht in {1} zweimal</translation>
    </message>
    <message>
        <source>{0} stays: {1}</source>
        <translation>{0} bleibt: {1}</translation>
    </message>
    <message>
        <source>{0} takes the key.</source>
        <translation>{0} nimmt den Schlüssel an.</translation>
    </message>
    <message>
        <source>{0} tool waits for your approval, of {1}.</source>
        <translation>{0} Werkzeug wartet auf Ihre Freigabe, von {1}.</translation>
    </message>
    <message>
        <source>{0} tools</source>
        <translation>{0} Werkzeuge</translation>
    </message>
    <message>
        <source>{0} tools wait for your approval, of {1}.</source>
        <translation>{0} Werkzeuge warten auf Ihre Freigabe, von {1}.</translation>
    </message>
    <message>
        <source>{0} waits for it.</source>
        <translation>{0} wartet darauf.</translation>
    </message>
    <message>
        <source>{0} wants {1} beside the client id.</source>
        <translation>{0} verlangt neben der Client-ID noch {1}.</translation>
    </message>
    <message>
        <source>{0} wants {1} of a key it has never seen.</source>
        <translation>{0} verlangt {1} von einem Schlüssel, den es nie gesehen hat.</translation>
    </message>
    <message>
        <source>{0} was not allowed to use Keyfob.</source>
        <translation>{0} durfte Keyfob nicht verwenden.</translation>
    </message>
    <message>
        <source>{0} was written by a newer Keyfob (its format is {1}, this program knows {2}).</source>
        <translation>{0} wurde von einem neueren Keyfob geschrieben (sein Format ist {1}, dieses Programm kennt {2}).</translation>
    </message>
    <message>
        <source>{0} with {1}</source>
        <translation>{0} mit {1}</translation>
    </message>
    <message>
        <source>{0} works through Keyfob.</source>
        <translation>{0} funktioniert über Keyfob.</translation>
    </message>
    <message>
        <source>{0}, a name</source>
        <translation>{0}, einen Namen</translation>
    </message>
    <message>
        <source>{0}, line {1}</source>
        <translation>{0}, Zeile {1}</translation>
    </message>
    <message>
        <source>{0}, which Keyfob cannot do</source>
        <translation>{0}, was Keyfob nicht kann</translation>
    </message>
    <message>
        <source>{0}, without a body.</source>
        <translation>{0}, ohne Inhalt.</translation>
    </message>
    <message>
        <source>{0}: it is gone</source>
        <translation>{0}: Er ist weg</translation>
    </message>
    <message>
        <source>{0}: it leads where Keyfob was before</source>
        <translation>{0}: Er führt dorthin, wo Keyfob früher war</translation>
    </message>
    <message>
        <source>{0}: it was changed</source>
        <translation>{0}: Er wurde geändert</translation>
    </message>
    <message>
        <source>{0}: its schema cannot be understood</source>
        <translation>{0}: Das Schema ist nicht zu verstehen</translation>
    </message>
    <message>
        <source>{0}: its token was revoked</source>
        <translation>{0}: Sein Token wurde widerrufen</translation>
    </message>
    <message>
        <source>{0}: the API redirects {1}, and a credential follows no redirect.</source>
        <translation>{0}: Die API leitet {1} weiter, und Zugangsdaten folgen keiner Weiterleitung.</translation>
    </message>
    <message>
        <source>{0}: the file cannot be read</source>
        <translation>{0}: Die Datei kann nicht gelesen werden</translation>
    </message>
    <message>
        <source>{0}: {1}?</source>
        <translation>{0}: {1}?</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>Something in this window went wrong.</source>
        <translation>In diesem Fenster ist etwas schiefgegangen.</translation>
    </message>
    <message>
        <source>Your keys and calls are not touched by it. The log has the details.</source>
        <translation>Ihre Schlüssel und Aufrufe sind davon nicht betroffen. Einzelheiten stehen im Programmprotokoll.</translation>
    </message>
</context>
<context>
    <name>DevicePage</name>
    <message>
        <source>Your code</source>
        <translation>Ihr Code</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation>Code kopieren</translation>
    </message>
    <message>
        <source>Enter the code here:</source>
        <translation>Geben Sie den Code hier ein:</translation>
    </message>
    <message>
        <source>Scan the picture with your phone, or open the page below in any browser.</source>
        <translation>Scannen Sie das Bild mit Ihrem Telefon oder öffnen Sie die Seite unten in einem beliebigen Browser.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>The code has run out. Go back and ask for a new one.</source>
        <translation>Der Code ist abgelaufen. Gehen Sie zurück und fordern Sie einen neuen an.</translation>
    </message>
    <message>
        <source>The code is good for {time} more.</source>
        <translation>Der Code gilt noch {time}.</translation>
    </message>
</context>
<context>
    <name>Diagnostics</name>
    <message>
        <source>This desktop shows Keyfob&apos;s icon in its tray.</source>
        <translation>Dieser Desktop zeigt das Symbol von Keyfob im Infobereich.</translation>
    </message>
    <message>
        <source>This desktop has no tray, so the window is all there is of Keyfob.</source>
        <translation>Dieser Desktop hat keinen Infobereich, daher ist von Keyfob nur das Fenster zu sehen.</translation>
    </message>
    <message>
        <source>On GNOME, the extension AppIndicator Support adds one.</source>
        <translation>Unter GNOME fügt die Erweiterung AppIndicator Support einen hinzu.</translation>
    </message>
    <message>
        <source>Keyfob starts when you log in.</source>
        <translation>Keyfob startet, wenn Sie sich am Computer anmelden.</translation>
    </message>
    <message>
        <source>Keyfob does not start by itself when you log in; Settings turns it on.</source>
        <translation>Keyfob startet nicht von selbst, wenn Sie sich am Computer anmelden; in den Einstellungen lässt sich das einschalten.</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>Entsperren…</translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation>Aufrufe weiterlaufen lassen</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>Ansehen…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Close it to others</source>
        <translation>Für andere unzugänglich machen</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>In order</source>
        <translation>In Ordnung</translation>
    </message>
    <message>
        <source>Good to know</source>
        <translation>Gut zu wissen</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>Bitte ansehen</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>Fehler</translation>
    </message>
</context>
<context>
    <name>DiagnosticsPage</name>
    <message>
        <source>The same is found by `keyfob doctor` in a terminal, with or without a window.</source>
        <translation>Dasselbe findet `keyfob doctor` in einem Terminal, mit oder ohne Fenster.</translation>
    </message>
    <message>
        <source>Looking</source>
        <translation>Prüfung läuft</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Bericht kopieren</translation>
    </message>
    <message>
        <source>Text for somebody who helps you; no secret is in it.</source>
        <translation>Text für jemanden, der Ihnen hilft; er enthält kein Geheimnis.</translation>
    </message>
    <message>
        <source>What is in order</source>
        <translation>Was in Ordnung ist</translation>
    </message>
    <message>
        <source>Looking at everything…</source>
        <translation>Alles wird geprüft…</translation>
    </message>
    <message>
        <source>Keyfob could not be examined.</source>
        <translation>Keyfob konnte nicht geprüft werden.</translation>
    </message>
    <message>
        <source>Nothing is wrong.</source>
        <translation>Alles ist in Ordnung.</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to look at.</source>
        <translation>
            <numerusform>%n Punkt ist anzusehen.</numerusform>
            <numerusform>%n Punkte sind anzusehen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
</context>
<context>
    <name>Events</name>
    <message>
        <source>Keyfob started</source>
        <translation>Keyfob gestartet</translation>
    </message>
    <message>
        <source>Keyfob ended</source>
        <translation>Keyfob beendet</translation>
    </message>
    <message>
        <source>Call under way</source>
        <translation>Aufruf läuft</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Aufruf</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Ablehnung</translation>
    </message>
    <message>
        <source>You were asked</source>
        <translation>Sie wurden gefragt</translation>
    </message>
    <message>
        <source>Decision</source>
        <translation>Entscheidung</translation>
    </message>
    <message>
        <source>Sign-in</source>
        <translation>Anmeldung</translation>
    </message>
    <message>
        <source>Account connected</source>
        <translation>Konto verbunden</translation>
    </message>
    <message>
        <source>Account disconnected</source>
        <translation>Konto getrennt</translation>
    </message>
    <message>
        <source>Sign-in renewed</source>
        <translation>Anmeldung erneuert</translation>
    </message>
    <message>
        <source>Renewal failed</source>
        <translation>Erneuerung fehlgeschlagen</translation>
    </message>
    <message>
        <source>Server added</source>
        <translation>Server hinzugefügt</translation>
    </message>
    <message>
        <source>API document read</source>
        <translation>API-Dokument gelesen</translation>
    </message>
    <message>
        <source>Server removed</source>
        <translation>Server entfernt</translation>
    </message>
    <message>
        <source>Rule added</source>
        <translation>Regel hinzugefügt</translation>
    </message>
    <message>
        <source>Rule removed</source>
        <translation>Regel entfernt</translation>
    </message>
    <message>
        <source>Token issued</source>
        <translation>Token ausgestellt</translation>
    </message>
    <message>
        <source>Client revoked</source>
        <translation>Client-Zugang entzogen</translation>
    </message>
    <message>
        <source>Client asks to pair</source>
        <translation>Client möchte sich koppeln</translation>
    </message>
    <message>
        <source>Client paired</source>
        <translation>Client gekoppelt</translation>
    </message>
    <message>
        <source>Pairing ended</source>
        <translation>Kopplung beendet</translation>
    </message>
    <message>
        <source>Client named</source>
        <translation>Client benannt</translation>
    </message>
    <message>
        <source>Tools wait for you</source>
        <translation>Werkzeuge warten auf Sie</translation>
    </message>
    <message>
        <source>Tool approved</source>
        <translation>Werkzeug freigegeben</translation>
    </message>
    <message>
        <source>Tool rejected</source>
        <translation>Werkzeug abgelehnt</translation>
    </message>
    <message>
        <source>Configuration edited</source>
        <translation>Konfiguration bearbeitet</translation>
    </message>
    <message>
        <source>Edit accepted</source>
        <translation>Bearbeitung übernommen</translation>
    </message>
    <message>
        <source>Settings changed</source>
        <translation>Einstellungen geändert</translation>
    </message>
    <message>
        <source>Access changed</source>
        <translation>Zugriff geändert</translation>
    </message>
    <message>
        <source>Secrets moved</source>
        <translation>Geheimnisse verschoben</translation>
    </message>
    <message>
        <source>Keychain</source>
        <translation>Schlüsselbund</translation>
    </message>
    <message>
        <source>Session ended</source>
        <translation>Sitzung beendet</translation>
    </message>
    <message>
        <source>Locked</source>
        <translation>Gesperrt</translation>
    </message>
    <message>
        <source>Unlocked</source>
        <translation>Entsperrt</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Resumed</source>
        <translation>Läuft weiter</translation>
    </message>
    <message>
        <source>Log repaired</source>
        <translation>Protokoll repariert</translation>
    </message>
    <message>
        <source>Old log removed</source>
        <translation>Altes Protokoll entfernt</translation>
    </message>
    <message>
        <source>Log was cut</source>
        <translation>Protokoll wurde abgeschnitten</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Erledigt</translation>
    </message>
    <message>
        <source>Denied</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>You said no</source>
        <translation>Von Ihnen abgelehnt</translation>
    </message>
    <message>
        <source>You said yes</source>
        <translation>Von Ihnen erlaubt</translation>
    </message>
    <message>
        <source>No answer</source>
        <translation>Keine Antwort</translation>
    </message>
    <message>
        <source>Waited for you</source>
        <translation>Hat auf Sie gewartet</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>d MMM</source>
        <translation>d. MMM</translation>
    </message>
    <message>
        <source>d MMM yyyy</source>
        <translation>d. MMM yyyy</translation>
    </message>
    <message>
        <source>{count} ms</source>
        <translation>{count} ms</translation>
    </message>
    <message>
        <source>{count} s</source>
        <translation>{count} s</translation>
    </message>
</context>
<context>
    <name>FindingRow</name>
    <message>
        <source>{button}: {sentence}</source>
        <translation>{button}: {sentence}</translation>
    </message>
</context>
<context>
    <name>KeyFile</name>
    <message>
        <source>Choose file…</source>
        <translation>Datei wählen…</translation>
    </message>
    <message>
        <source>Drop the file here, or choose it.</source>
        <translation>Datei hier ablegen oder auswählen.</translation>
    </message>
    <message>
        <source>Read. Its content goes to your secret store and is not shown.</source>
        <translation>Gelesen. Der Inhalt kommt in Ihren Geheimnisspeicher und wird nicht angezeigt.</translation>
    </message>
</context>
<context>
    <name>KeyPanel</name>
    <message>
        <source>Kind of key</source>
        <translation>Art des Schlüssels</translation>
    </message>
    <message>
        <source>Make one here:</source>
        <translation>Hier erstellen:</translation>
    </message>
    <message>
        <source>How to make one</source>
        <translation>So wird er erstellt</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>Benutzername</translation>
    </message>
    <message>
        <source>It expires in</source>
        <translation>Läuft ab in</translation>
    </message>
    <message>
        <source>Days until it expires</source>
        <translation>Tage bis zum Ablauf</translation>
    </message>
    <message>
        <source>Ask the server whether it takes the key before it is kept</source>
        <translation>Server vor dem Speichern fragen, ob er den Schlüssel annimmt</translation>
    </message>
    <message>
        <source>Where it is sent</source>
        <translation>Wohin er gesendet wird</translation>
    </message>
    <message numerus="yes">
        <source> day(s)</source>
        <translation>
            <numerusform> Tag</numerusform>
            <numerusform> Tagen</numerusform>
        </translation>
    </message>
    <message>
        <source>Sent as the headers {names}.</source>
        <translation>Gesendet als Header {names}.</translation>
    </message>
    <message>
        <source>Secret {number}</source>
        <translation>Geheimnis {number}</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API-Schlüssel</translation>
    </message>
    <message>
        <source>Keyfob reminds you in time.</source>
        <translation>Keyfob erinnert Sie rechtzeitig.</translation>
    </message>
</context>
<context>
    <name>KeyPlace</name>
    <message>
        <source>Sent as</source>
        <translation>Gesendet als</translation>
    </message>
    <message>
        <source>a header</source>
        <translation>Header</translation>
    </message>
    <message>
        <source>a part of the address</source>
        <translation>Teil der Adresse</translation>
    </message>
    <message>
        <source>user name and password</source>
        <translation>Benutzername und Passwort</translation>
    </message>
    <message>
        <source>Its name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Written as</source>
        <translation>Schreibweise</translation>
    </message>
    <message>
        <source>{key} stands for the key, {username} for the user name.</source>
        <translation>{key} steht für den Schlüssel, {username} für den Benutzernamen.</translation>
    </message>
</context>
<context>
    <name>KindPage</name>
    <message>
        <source>Scopes</source>
        <translation>Berechtigungen</translation>
    </message>
    <message>
        <source>what the server asks for</source>
        <translation>was der Server verlangt</translation>
    </message>
</context>
<context>
    <name>LinkRow</name>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Open {host}</source>
        <translation>{host} öffnen</translation>
    </message>
</context>
<context>
    <name>MoveDialog</name>
    <message>
        <source>Move your secrets</source>
        <translation>Geheimnisse verschieben</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Verschieben</translation>
    </message>
    <message>
        <source>Nothing was lost.</source>
        <translation>Nichts ging verloren.</translation>
    </message>
    <message numerus="yes">
        <source>%n secret(s) were moved.</source>
        <translation>
            <numerusform>%n Geheimnis wurde verschoben.</numerusform>
            <numerusform>%n Geheimnisse wurden verschoben.</numerusform>
        </translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Every secret is written to one file, encrypted with a passphrase of yours, read back and compared, and then erased from the keychain. Keyfob asks for the passphrase at each start; nobody can bring a lost one back.</source>
        <translation>Jedes Geheimnis wird in eine Datei geschrieben, die mit Ihrer Passphrase verschlüsselt ist, zurückgelesen und verglichen und dann aus dem Schlüsselbund gelöscht. Keyfob fragt bei jedem Start nach der Passphrase; eine verlorene kann niemand wiederherstellen.</translation>
    </message>
    <message>
        <source>Every secret is written to the keychain of this desktop, read back and compared, and then erased from the encrypted file. Unlocking your desktop then unlocks them.</source>
        <translation>Jedes Geheimnis wird in den Schlüsselbund dieses Desktops geschrieben, zurückgelesen und verglichen und dann aus der verschlüsselten Datei gelöscht. Mit Ihrem Desktop werden dann auch die Geheimnisse entsperrt.</translation>
    </message>
    <message>
        <source>Move your secrets to an encrypted file</source>
        <translation>Geheimnisse in eine verschlüsselte Datei verschieben</translation>
    </message>
    <message>
        <source>Move your secrets to the keychain</source>
        <translation>Geheimnisse in den Schlüsselbund verschieben</translation>
    </message>
</context>
<context>
    <name>NamingDialog</name>
    <message>
        <source>Name for this program</source>
        <translation>Name für dieses Programm</translation>
    </message>
    <message>
        <source>Call it</source>
        <translation>Benennen als</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Keyfob has a question</source>
        <translation>Keyfob hat eine Frage</translation>
    </message>
    <message>
        <source>Keyfob needs you</source>
        <translation>Keyfob braucht Sie</translation>
    </message>
    <message>
        <source>{first}, and {count} more</source>
        <translation>{first}, und {count} weitere</translation>
    </message>
</context>
<context>
    <name>OwnApp</name>
    <message>
        <source>Make the app here:</source>
        <translation>Die App hier erstellen:</translation>
    </message>
    <message>
        <source>Redirect address</source>
        <translation>Weiterleitungsadresse</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy the redirect address</source>
        <translation>Weiterleitungsadresse kopieren</translation>
    </message>
    <message>
        <source>Client ID</source>
        <translation>Client-ID</translation>
    </message>
    <message>
        <source>registered for you</source>
        <translation>wird für Sie registriert</translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation>Client-Geheimnis</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ohne</translation>
    </message>
    <message>
        <source>Private key (PEM or JWK)</source>
        <translation>Privater Schlüssel (PEM oder JWK)</translation>
    </message>
    <message>
        <source>It has a private key instead</source>
        <translation>Stattdessen gibt es einen privaten Schlüssel</translation>
    </message>
    <message>
        <source>the provider</source>
        <translation>dem Anbieter</translation>
    </message>
    <message>
        <source>Make an OAuth app there, for a desktop or native program.</source>
        <translation>Erstellen Sie dort eine OAuth-App für ein Desktop-Programm oder natives Programm.</translation>
    </message>
    <message>
        <source>Give it the redirect address below.</source>
        <translation>Tragen Sie dort die Weiterleitungsadresse von unten ein.</translation>
    </message>
    <message>
        <source>Copy its client ID, and its secret if it has one.</source>
        <translation>Kopieren Sie die Client-ID und, falls vorhanden, das Geheimnis der App.</translation>
    </message>
    <message>
        <source>An app of your own at {provider}, which Keyfob signs in with.</source>
        <translation>Eine eigene App bei {provider}, mit der Keyfob die Anmeldung durchführt.</translation>
    </message>
</context>
<context>
    <name>PairingDialog</name>
    <message>
        <source>A program wants to pair with Keyfob</source>
        <translation>Ein Programm möchte sich mit Keyfob koppeln</translation>
    </message>
    <message>
        <source>Let it in</source>
        <translation>Zulassen</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>keine Angabe</translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation>Nennt sich</translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation>eigene Angabe, ungeprüft</translation>
    </message>
    <message>
        <source>the program that registered</source>
        <translation>das Programm, das sich registriert hat</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>Your answer goes to</source>
        <translation>Ihre Antwort geht an</translation>
    </message>
    <message>
        <source>It will reach</source>
        <translation>Erreicht</translation>
    </message>
    <message>
        <source>all of your servers</source>
        <translation>alle Ihre Server</translation>
    </message>
    <message>
        <source>Let it in only if you have just started this in that program. It gets a token that you can revoke at any time; what it may do with your servers is asked separately.</source>
        <translation>Nur zulassen, wenn Sie dies gerade selbst in jenem Programm begonnen haben. Es bekommt ein Token, das Sie jederzeit widerrufen können; was es mit Ihren Servern tun darf, wird gesondert gefragt.</translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Choose a passphrase</source>
        <translation>Passphrase wählen</translation>
    </message>
    <message>
        <source>Open your secrets?</source>
        <translation>Geheimnisse öffnen?</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Entsperren</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>Nobody can bring it back: without it the secrets are lost.</source>
        <translation>Niemand kann sie wiederherstellen: Ohne sie sind die Geheimnisse verloren.</translation>
    </message>
</context>
<context>
    <name>PassphraseFields</name>
    <message>
        <source>Passphrase</source>
        <translation>Passphrase</translation>
    </message>
    <message>
        <source>Once more</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>At least {count} characters; several words are best.</source>
        <translation>Mindestens {count} Zeichen; am besten sind mehrere Wörter.</translation>
    </message>
    <message>
        <source>The two are not the same yet.</source>
        <translation>Die beiden stimmen noch nicht überein.</translation>
    </message>
    <message>
        <source>{count} characters: it will do. Longer is better.</source>
        <translation>{count} Zeichen: ausreichend. Länger ist besser.</translation>
    </message>
    <message>
        <source>{count} characters: long, and good so.</source>
        <translation>{count} Zeichen: lang, so ist es gut.</translation>
    </message>
</context>
<context>
    <name>PasteField</name>
    <message>
        <source>Address that the browser ended on</source>
        <translation>Adresse, bei der der Browser endete</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Sign in there with the address above. In the end that browser shows a page that cannot be reached: paste its address here.</source>
        <translation>Melden Sie sich dort mit der Adresse oben an. Am Ende zeigt jener Browser eine Seite, die nicht erreichbar ist: Fügen Sie deren Adresse hier ein.</translation>
    </message>
    <message>
        <source>Browser on another machine?</source>
        <translation>Browser auf einem anderen Computer?</translation>
    </message>
</context>
<context>
    <name>PeerWords</name>
    <message>
        <source>known by the token you gave it</source>
        <translation>erkannt am Token, das Sie ihm gegeben haben</translation>
    </message>
    <message>
        <source>known by its program file</source>
        <translation>erkannt an der Programmdatei</translation>
    </message>
    <message>
        <source>known by its program file and who signed it</source>
        <translation>erkannt an Programmdatei und Signatur</translation>
    </message>
    <message>
        <source>known by the token it got when you let it pair</source>
        <translation>erkannt am Token aus der Kopplung, die Sie zugelassen haben</translation>
    </message>
    <message>
        <source>Keyfob&apos;s own window or command</source>
        <translation>Fenster oder Befehl von Keyfob selbst</translation>
    </message>
    <message>
        <source>unknown process</source>
        <translation>unbekannter Prozess</translation>
    </message>
    <message>
        <source>connections over HTTP do not tell</source>
        <translation>bei HTTP-Verbindungen nicht erkennbar</translation>
    </message>
    <message>
        <source>process {pid}</source>
        <translation>Prozess {pid}</translation>
    </message>
    <message>
        <source>{process}, started by {chain}</source>
        <translation>{process}, gestartet von {chain}</translation>
    </message>
    <message>
        <source>{process}; signed by {signer}</source>
        <translation>{process}; signiert von {signer}</translation>
    </message>
</context>
<context>
    <name>PromptDialog</name>
    <message>
        <source>Keyfob asks</source>
        <translation>Keyfob fragt</translation>
    </message>
    <message>
        <source>What is asked</source>
        <translation>Was gefragt wird</translation>
    </message>
    <message>
        <source>One more question waits.</source>
        <translation>Eine weitere Frage wartet.</translation>
    </message>
    <message>
        <source>{count} more questions wait.</source>
        <translation>{count} weitere Fragen warten.</translation>
    </message>
    <message>
        <source>Without an answer this closes within a minute, as “not now”.</source>
        <translation>Schließt sich in einer Minute, als „Nicht jetzt“.</translation>
    </message>
    <message>
        <source>Without an answer this closes in {minutes} minutes, as “not now”.</source>
        <translation>Schließt sich in {minutes} Minuten, als „Nicht jetzt“.</translation>
    </message>
</context>
<context>
    <name>ProviderDialog</name>
    <message>
        <source>Add an account</source>
        <translation>Konto hinzufügen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Providers</source>
        <translation>Anbieter</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>For a provider without a server of yours: programs and servers that are described by a file can use it. A server&apos;s own account is connected on the server&apos;s page.</source>
        <translation>Für einen Anbieter, zu dem Sie keinen Server haben: Programme und Server, die durch eine Datei beschrieben sind, können das Konto verwenden. Das Konto eines Servers wird auf dessen Seite verbunden.</translation>
    </message>
</context>
<context>
    <name>QrCode</name>
    <message>
        <source>QR code of the address</source>
        <translation>QR-Code der Adresse</translation>
    </message>
</context>
<context>
    <name>Recent</name>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>{time}  {client}: {outcome}</source>
        <translation>{time}  {client}: {outcome}</translation>
    </message>
    <message>
        <source>{time}  {client} → {what}: {outcome}</source>
        <translation>{time}  {client} → {what}: {outcome}</translation>
    </message>
    <message>
        <source>answered</source>
        <translation>beantwortet</translation>
    </message>
    <message>
        <source>denied</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>not answered by you</source>
        <translation>von Ihnen nicht beantwortet</translation>
    </message>
    <message>
        <source>waits for you</source>
        <translation>wartet auf Sie</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
</context>
<context>
    <name>Risk</name>
    <message>
        <source>reads only</source>
        <translation>liest nur</translation>
    </message>
    <message>
        <source>makes changes</source>
        <translation>nimmt Änderungen vor</translation>
    </message>
    <message>
        <source>not described</source>
        <translation>nicht beschrieben</translation>
    </message>
    <message>
        <source>high risk</source>
        <translation>hohes Risiko</translation>
    </message>
</context>
<context>
    <name>ScopeList</name>
    <message>
        <source>What the server asks for</source>
        <translation>Was der Server verlangt</translation>
    </message>
    <message>
        <source>Only what I tick</source>
        <translation>Nur Angekreuztes</translation>
    </message>
</context>
<context>
    <name>ServerDetails</name>
    <message>
        <source>Address for clients</source>
        <translation>Adresse für Clients</translation>
    </message>
    <message>
        <source>Try a tool…</source>
        <translation>Werkzeug ausprobieren…</translation>
    </message>
    <message>
        <source>Token for a client…</source>
        <translation>Token für einen Client…</translation>
    </message>
    <message>
        <source>Disconnect…</source>
        <translation>Trennen…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message numerus="yes">
        <source>%n process(es)</source>
        <translation>
            <numerusform>%n Prozess</numerusform>
            <numerusform>%n Prozesse</numerusform>
        </translation>
    </message>
    <message>
        <source>Connect…</source>
        <translation>Verbinden…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>Signed in at</source>
        <translation>Angemeldet bei</translation>
    </message>
    <message>
        <source>Scopes</source>
        <translation>Berechtigungen</translation>
    </message>
    <message>
        <source>Renews by</source>
        <translation>Wird erneuert bis</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Läuft ab am</translation>
    </message>
    <message>
        <source>Variables</source>
        <translation>Variablen</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Laufend</translation>
    </message>
</context>
<context>
    <name>ServerList</name>
    <message>
        <source>Servers</source>
        <translation>Server</translation>
    </message>
</context>
<context>
    <name>ServerToolRow</name>
    <message>
        <source>Review…</source>
        <translation>Prüfen…</translation>
    </message>
    <message>
        <source>Review {tool}</source>
        <translation>{tool} prüfen</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Reset {tool}</source>
        <translation>{tool} zurücksetzen</translation>
    </message>
    <message>
        <source>Take this tool&apos;s own word back.</source>
        <translation>Eigene Einstellung dieses Werkzeugs zurücknehmen.</translation>
    </message>
    <message>
        <source>New: hidden until you approve it.</source>
        <translation>Neu: verborgen, bis Sie es freigeben.</translation>
    </message>
    <message>
        <source>Changed: hidden until you approve the difference.</source>
        <translation>Geändert: verborgen, bis Sie den Unterschied freigeben.</translation>
    </message>
    <message>
        <source>You said no to its text: it stays hidden.</source>
        <translation>Sie haben den Text abgelehnt: Es bleibt verborgen.</translation>
    </message>
    <message>
        <source>By default, see Settings.</source>
        <translation>Laut Vorgabe, siehe Einstellungen.</translation>
    </message>
    <message>
        <source>By rule {rule}, see Clients.</source>
        <translation>Laut Regel {rule}, siehe Clients.</translation>
    </message>
    <message>
        <source>By [{table}] in config.toml.</source>
        <translation>Laut [{table}] in config.toml.</translation>
    </message>
</context>
<context>
    <name>ServerTools</name>
    <message>
        <source>Whose access</source>
        <translation>Wessen Zugriff</translation>
    </message>
    <message>
        <source>every client</source>
        <translation>alle Clients</translation>
    </message>
    <message>
        <source>Find a tool</source>
        <translation>Werkzeug suchen</translation>
    </message>
    <message>
        <source>Ask the server for its tools</source>
        <translation>Server nach Werkzeugen fragen</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>Mehr anzeigen</translation>
    </message>
    <message>
        <source>Asking the server for its tools…</source>
        <translation>Server wird nach Werkzeugen gefragt…</translation>
    </message>
    <message>
        <source>Something else decides about {tool}.</source>
        <translation>Über {tool} entscheidet etwas anderes.</translation>
    </message>
    <message>
        <source>No tool of this server is known yet. A client that lists them, or the button here, makes them known.</source>
        <translation>Noch ist kein Werkzeug dieses Servers bekannt. Sie werden bekannt, wenn ein Client sie auflistet oder durch die Schaltfläche hier.</translation>
    </message>
    <message>
        <source>No tool has a name like that.</source>
        <translation>Kein Werkzeug hat einen solchen Namen.</translation>
    </message>
    <message numerus="yes">
        <source>%n more tool(s).</source>
        <translation>
            <numerusform>%n weiteres Werkzeug.</numerusform>
            <numerusform>%n weitere Werkzeuge.</numerusform>
        </translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Access of</source>
        <translation>Zugriff für</translation>
    </message>
</context>
<context>
    <name>ServersPage</name>
    <message>
        <source>Add server…</source>
        <translation>Server hinzufügen…</translation>
    </message>
    <message>
        <source>the server {server}</source>
        <translation>Server {server}</translation>
    </message>
    <message>
        <source>Disconnect {account}?</source>
        <translation>{account} trennen?</translation>
    </message>
    <message>
        <source>Its key is erased here and, where the issuer offers that, revoked there. Servers that use it need a sign-in.</source>
        <translation>Der Schlüssel wird hier gelöscht und, wo der Aussteller das anbietet, dort widerrufen. Server, die das Konto verwenden, brauchen dann eine Anmeldung.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
    </message>
    <message>
        <source>The account is disconnected.</source>
        <translation>Das Konto ist getrennt.</translation>
    </message>
</context>
<context>
    <name>ServiceKinds</name>
    <message>
        <source>A client of its own (client credentials)</source>
        <translation>Ein eigener Client (client credentials)</translation>
    </message>
    <message>
        <source>The issuer gives tokens to a program that it knows.</source>
        <translation>Der Aussteller gibt Tokens an ein Programm, das er kennt.</translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation>Client-Geheimnis</translation>
    </message>
    <message>
        <source>Private key (PEM or JWK), instead of a secret</source>
        <translation>Privater Schlüssel (PEM oder JWK) statt eines Geheimnisses</translation>
    </message>
    <message>
        <source>Client ID</source>
        <translation>Client-ID</translation>
    </message>
    <message>
        <source>Audience</source>
        <translation>Audience</translation>
    </message>
    <message>
        <source>the server&apos;s address</source>
        <translation>die Adresse des Servers</translation>
    </message>
    <message>
        <source>Token address</source>
        <translation>Token-Adresse</translation>
    </message>
    <message>
        <source>found at the server</source>
        <translation>wird beim Server ermittelt</translation>
    </message>
    <message>
        <source>Key ID</source>
        <translation>Schlüssel-ID</translation>
    </message>
    <message>
        <source>for a private key</source>
        <translation>für einen privaten Schlüssel</translation>
    </message>
    <message>
        <source>Google service account</source>
        <translation>Google-Dienstkonto</translation>
    </message>
    <message>
        <source>A JSON key from Google Cloud, under IAM, Service accounts, Keys.</source>
        <translation>Ein JSON-Schlüssel aus Google Cloud, unter IAM, Dienstkonten, Schlüssel.</translation>
    </message>
    <message>
        <source>JSON key file</source>
        <translation>JSON-Schlüsseldatei</translation>
    </message>
    <message>
        <source>Acts for</source>
        <translation>Handelt für</translation>
    </message>
    <message>
        <source>nobody but itself</source>
        <translation>nur sich selbst</translation>
    </message>
    <message>
        <source>GitHub App</source>
        <translation>GitHub App</translation>
    </message>
    <message>
        <source>An app that is installed in an organization, with its private key.</source>
        <translation>Eine App, die in einer Organisation installiert ist, mit ihrem privaten Schlüssel.</translation>
    </message>
    <message>
        <source>Private key (.pem)</source>
        <translation>Privater Schlüssel (.pem)</translation>
    </message>
    <message>
        <source>App ID or client ID</source>
        <translation>App-ID oder Client-ID</translation>
    </message>
    <message>
        <source>Installation ID</source>
        <translation>Installations-ID</translation>
    </message>
    <message>
        <source>Repositories</source>
        <translation>Repositorys</translation>
    </message>
    <message>
        <source>all of the installation</source>
        <translation>alle der Installation</translation>
    </message>
    <message>
        <source>API address</source>
        <translation>API-Adresse</translation>
    </message>
    <message>
        <source>Workload identity (a token in a file)</source>
        <translation>Workload-Identität (ein Token in einer Datei)</translation>
    </message>
    <message>
        <source>A platform such as Kubernetes keeps a token fresh in a file; nothing is stored.</source>
        <translation>Eine Plattform wie Kubernetes hält ein Token in einer Datei aktuell; nichts wird gespeichert.</translation>
    </message>
    <message>
        <source>Token file</source>
        <translation>Token-Datei</translation>
    </message>
    <message>
        <source>Used as</source>
        <translation>Verwendet als</translation>
    </message>
    <message>
        <source>Proof of the client</source>
        <translation>Nachweis des Clients</translation>
    </message>
    <message>
        <source>The grant itself</source>
        <translation>Der Grant selbst</translation>
    </message>
    <message>
        <source>A token to exchange</source>
        <translation>Ein Token zum Eintauschen</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ohne</translation>
    </message>
    <message>
        <source>Your company&apos;s sign-in (enterprise-managed)</source>
        <translation>Anmeldung Ihres Unternehmens (enterprise-managed)</translation>
    </message>
    <message>
        <source>Your company&apos;s identity provider vouches for you at the server.</source>
        <translation>Der Identitätsanbieter Ihres Unternehmens bürgt beim Server für Sie.</translation>
    </message>
    <message>
        <source>Its token</source>
        <translation>Dessen Token</translation>
    </message>
    <message>
        <source>A file with the token, instead</source>
        <translation>Stattdessen eine Datei mit dem Token</translation>
    </message>
    <message>
        <source>Its token address</source>
        <translation>Dessen Token-Adresse</translation>
    </message>
    <message>
        <source>Client ID there</source>
        <translation>Client-ID dort</translation>
    </message>
    <message>
        <source>Client ID at the server</source>
        <translation>Client-ID beim Server</translation>
    </message>
    <message>
        <source>The token is</source>
        <translation>Das Token ist</translation>
    </message>
    <message>
        <source>A refresh token</source>
        <translation>Ein Refresh-Token</translation>
    </message>
    <message>
        <source>An ID token, good until it expires</source>
        <translation>Ein ID-Token, gültig bis zum Ablauf</translation>
    </message>
    <message>
        <source>A refresh token that buys ID tokens</source>
        <translation>Ein Refresh-Token, das ID-Tokens liefert</translation>
    </message>
    <message>
        <source>Client secret there</source>
        <translation>Client-Geheimnis dort</translation>
    </message>
    <message>
        <source>Client secret at the server</source>
        <translation>Client-Geheimnis beim Server</translation>
    </message>
    <message>
        <source>Its issuer</source>
        <translation>Dessen Aussteller</translation>
    </message>
    <message>
        <source>the token address</source>
        <translation>die Token-Adresse</translation>
    </message>
</context>
<context>
    <name>ServicePanel</name>
    <message>
        <source>Kind of service account</source>
        <translation>Art des Dienstkontos</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Start Keyfob when I log in</source>
        <translation>Keyfob beim Anmelden am Computer starten</translation>
    </message>
    <message>
        <source>In the tray, without its window.</source>
        <translation>Im Infobereich, ohne Fenster.</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Locking</source>
        <translation>Sperren</translation>
    </message>
    <message>
        <source>Tools and questions</source>
        <translation>Werkzeuge und Fragen</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Audit log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>From Keyfob&apos;s next start on.</source>
        <translation>Gilt ab dem nächsten Start von Keyfob.</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie im System</translation>
    </message>
    <message>
        <source>Lock together with the screen</source>
        <translation>Zusammen mit dem Bildschirm sperren</translation>
    </message>
    <message>
        <source>When you lock your screen, Keyfob drops your keys from memory and no call passes until you unlock it. Agents that work while you are away stop: turn this off if they must go on.</source>
        <translation>Wenn Sie den Bildschirm sperren, entfernt Keyfob Ihre Schlüssel aus dem Arbeitsspeicher, und kein Aufruf kommt durch, bis Sie entsperren. Agenten, die in Ihrer Abwesenheit arbeiten, bleiben stehen: Schalten Sie dies aus, wenn sie weiterarbeiten müssen.</translation>
    </message>
    <message>
        <source>Lock after a time without calls</source>
        <translation>Nach einer Zeit ohne Aufrufe sperren</translation>
    </message>
    <message>
        <source>The time starts anew with each call that passes.</source>
        <translation>Die Zeit beginnt mit jedem durchgelassenen Aufruf neu.</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nie</translation>
    </message>
    <message numerus="yes">
        <source> minute(s)</source>
        <translation>
            <numerusform> Minute</numerusform>
            <numerusform> Minuten</numerusform>
        </translation>
    </message>
    <message>
        <source>A tool that no rule speaks of</source>
        <translation>Ein Werkzeug, für das keine Regel gilt</translation>
    </message>
    <message>
        <source>Rules, and the switches on a server&apos;s page, come before this.</source>
        <translation>Regeln und die Schalter auf der Seite eines Servers gehen vor.</translation>
    </message>
    <message>
        <source>Ask me</source>
        <translation>Mich fragen</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>New and changed tools wait for my approval</source>
        <translation>Neue und geänderte Werkzeuge warten auf meine Freigabe</translation>
    </message>
    <message>
        <source>A server that changes what a tool says of itself could mislead a client. Until you approve the difference, clients neither see nor call that tool.</source>
        <translation>Ein Server, der die Beschreibung eines Werkzeugs ändert, könnte einen Client in die Irre führen. Bis Sie den Unterschied freigeben, können Clients dieses Werkzeug weder sehen noch aufrufen.</translation>
    </message>
    <message>
        <source>How long a call waits for my answer</source>
        <translation>Wie lange ein Aufruf auf meine Antwort wartet</translation>
    </message>
    <message>
        <source>Then it ends with a link; the question stays, and your answer serves the same call made again.</source>
        <translation>Danach endet er mit einem Link; die Frage bleibt, und Ihre Antwort gilt, wenn derselbe Aufruf wiederholt wird.</translation>
    </message>
    <message>
        <source>Show clients a search in place of long tool lists</source>
        <translation>Clients statt langer Werkzeuglisten eine Suche zeigen</translation>
    </message>
    <message>
        <source>Where all servers together have more tools than this.</source>
        <translation>Wenn alle Server zusammen mehr Werkzeuge haben als hier angegeben.</translation>
    </message>
    <message>
        <source>A session ends after</source>
        <translation>Eine Sitzung dauert höchstens</translation>
    </message>
    <message>
        <source>Its client begins a new one by itself.</source>
        <translation>Der Client beginnt dann von selbst eine neue.</translation>
    </message>
    <message>
        <source>An unused session ends after</source>
        <translation>Eine ungenutzte Sitzung endet nach</translation>
    </message>
    <message>
        <source>Counted from its last request.</source>
        <translation>Gezählt ab ihrer letzten Anfrage.</translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <translation>
            <numerusform> Sekunde</numerusform>
            <numerusform> Sekunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> tool(s)</source>
        <translation>
            <numerusform> Werkzeug</numerusform>
            <numerusform> Werkzeuge</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> day(s)</source>
        <translation>
            <numerusform> Tag</numerusform>
            <numerusform> Tage</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> hour(s)</source>
        <translation>
            <numerusform> Stunde</numerusform>
            <numerusform> Stunden</numerusform>
        </translation>
    </message>
    <message>
        <source>Sessions of one client</source>
        <translation>Sitzungen je Client</translation>
    </message>
    <message>
        <source>With one more, the one that was not used for longest ends.</source>
        <translation>Kommt eine weitere hinzu, endet die am längsten ungenutzte.</translation>
    </message>
    <message>
        <source>Keep the log for</source>
        <translation>Protokoll aufbewahren für</translation>
    </message>
    <message>
        <source>Older files are removed as a whole; what is left can be verified.</source>
        <translation>Ältere Dateien werden im Ganzen entfernt; was bleibt, lässt sich prüfen.</translation>
    </message>
    <message>
        <source>Keep at most</source>
        <translation>Höchstens aufbewahren</translation>
    </message>
    <message>
        <source>Beyond that the oldest files are removed.</source>
        <translation>Darüber hinaus werden die ältesten Dateien entfernt.</translation>
    </message>
    <message>
        <source> MiB</source>
        <translation> MiB</translation>
    </message>
    <message>
        <source>Send a copy to a syslog server</source>
        <translation>Kopie an einen Syslog-Server senden</translation>
    </message>
    <message>
        <source>The log itself never waits for it.</source>
        <translation>Das Protokoll selbst wartet nie darauf.</translation>
    </message>
    <message>
        <source>local, or udp://HOST:PORT</source>
        <translation>local oder udp://HOST:PORT</translation>
    </message>
    <message>
        <source>Port for clients</source>
        <translation>Port für Clients</translation>
    </message>
    <message>
        <source>On this computer only; from Keyfob&apos;s next start on. 0 takes a free one.</source>
        <translation>Nur auf diesem Computer; ab dem nächsten Start von Keyfob. 0 wählt einen freien Port.</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>Proxy</translation>
    </message>
    <message>
        <source>system, none, or a proxy&apos;s address without a password.</source>
        <translation>system, none oder die Adresse eines Proxys ohne Passwort.</translation>
    </message>
    <message>
        <source>Wait for slow servers when tools are listed</source>
        <translation>Auf langsame Server warten, wenn Werkzeuge aufgelistet werden</translation>
    </message>
    <message>
        <source>A client that lists all servers gets the others meanwhile.</source>
        <translation>Ein Client, der alle Server auflistet, bekommt inzwischen die anderen.</translation>
    </message>
    <message>
        <source>Largest request</source>
        <translation>Größte Anfrage</translation>
    </message>
    <message>
        <source>A larger one is refused before it is read.</source>
        <translation>Eine größere wird abgelehnt, bevor sie gelesen wird.</translation>
    </message>
    <message>
        <source>Your client ID metadata document</source>
        <translation>Ihr Client-ID-Metadatendokument</translation>
    </message>
    <message>
        <source>Only if you publish one: servers that take it need no registration.</source>
        <translation>Nur wenn Sie eines veröffentlichen: Server, die es annehmen, brauchen keine Registrierung.</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Unlock…</source>
        <translation>Entsperren…</translation>
    </message>
    <message>
        <source>Move my secrets…</source>
        <translation>Geheimnisse verschieben…</translation>
    </message>
    <message>
        <source>Change it</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>Every client may then call every tool that no rule speaks of, and you are not asked.</source>
        <translation>Jeder Client darf dann jedes Werkzeug aufrufen, für das keine Regel gilt, und Sie werden nicht gefragt.</translation>
    </message>
    <message>
        <source>A server may then change what its tools say and do, and your clients follow it without your knowing.</source>
        <translation>Ein Server kann dann ändern, was seine Werkzeuge angeben und tun, und Ihre Clients folgen dem ohne Ihr Wissen.</translation>
    </message>
    <message>
        <source>One file, encrypted with your passphrase.</source>
        <translation>Eine Datei, mit Ihrer Passphrase verschlüsselt.</translation>
    </message>
    <message>
        <source>The keychain of this desktop, unlocked with it.</source>
        <translation>Der Schlüsselbund dieses Desktops, mit ihm entsperrt.</translation>
    </message>
    <message>
        <source>Where your secrets are</source>
        <translation>Wo Ihre Geheimnisse liegen</translation>
    </message>
    <message>
        <source>All of this stands in config.toml, which you may edit by hand.</source>
        <translation>All dies steht in config.toml und darf von Hand bearbeitet werden.</translation>
    </message>
</context>
<context>
    <name>SignInDialog</name>
    <message>
        <source>Let {account} do more at {server}?</source>
        <translation>{account} bei {server} mehr erlauben?</translation>
    </message>
    <message>
        <source>Sign in to {server}?</source>
        <translation>Bei {server} anmelden?</translation>
    </message>
    <message>
        <source>Sign in for more…</source>
        <translation>Dafür anmelden…</translation>
    </message>
    <message>
        <source>Sign in…</source>
        <translation>Anmelden…</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>Nicht jetzt</translation>
    </message>
    <message>
        <source>Wanted by</source>
        <translation>Angefragt von</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>What the account may do</source>
        <translation>Was das Konto darf</translation>
    </message>
    <message>
        <source>Asked for on top</source>
        <translation>Zusätzlich angefragt</translation>
    </message>
    <message>
        <source>It has these already</source>
        <translation>Bereits vorhanden</translation>
    </message>
</context>
<context>
    <name>SignInPanel</name>
    <message>
        <source>What it may do</source>
        <translation>Was es darf</translation>
    </message>
    <message>
        <source>Further scopes</source>
        <translation>Weitere Berechtigungen</translation>
    </message>
    <message>
        <source>what the server asks for</source>
        <translation>was der Server verlangt</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>Keyfob shows a code, which you enter in any browser, here or on your phone.</source>
        <translation>Keyfob zeigt einen Code, den Sie in einem beliebigen Browser eingeben, hier oder auf Ihrem Telefon.</translation>
    </message>
    <message>
        <source>Your browser opens the server&apos;s own sign-in page.</source>
        <translation>Ihr Browser öffnet die Anmeldeseite des Servers.</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>erforderlich</translation>
    </message>
</context>
<context>
    <name>Standing</name>
    <message>
        <source>Keyfob is paused: no call passes.</source>
        <translation>Keyfob ist angehalten: Kein Aufruf kommt durch.</translation>
    </message>
    <message>
        <source>You have locked Keyfob.</source>
        <translation>Sie haben Keyfob gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen.</source>
        <translation>Keyfob wurde zusammen mit dem Bildschirm gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob was locked after a time without calls.</source>
        <translation>Keyfob wurde nach einer Zeit ohne Aufrufe gesperrt.</translation>
    </message>
    <message>
        <source>Keyfob is locked</source>
        <translation>Keyfob ist gesperrt</translation>
    </message>
    <message>
        <source>Keyfob is paused</source>
        <translation>Keyfob ist angehalten</translation>
    </message>
    <message>
        <source>Keyfob: all is well</source>
        <translation>Keyfob: alles in Ordnung</translation>
    </message>
    <message>
        <source>Keyfob: renewing a sign-in</source>
        <translation>Keyfob: Anmeldung wird erneuert</translation>
    </message>
    <message>
        <source>Keyfob needs you</source>
        <translation>Keyfob braucht Sie</translation>
    </message>
    <message>
        <source>Keyfob cannot reach its keys</source>
        <translation>Keyfob erreicht seine Schlüssel nicht</translation>
    </message>
    <message>
        <source>config.toml was edited and waits for you</source>
        <translation>config.toml wurde bearbeitet und wartet auf Sie</translation>
    </message>
    <message>
        <source>{client} asks to use {server}</source>
        <translation>{client} möchte {server} verwenden</translation>
    </message>
    <message>
        <source>{server} asks for more rights</source>
        <translation>{server} verlangt weitere Rechte</translation>
    </message>
    <message>
        <source>{server} waits for a sign-in</source>
        <translation>{server} wartet auf eine Anmeldung</translation>
    </message>
    <message>
        <source>A new program asks to use Keyfob</source>
        <translation>Ein neues Programm möchte Keyfob verwenden</translation>
    </message>
    <message>
        <source>A program asks to pair with Keyfob</source>
        <translation>Ein Programm möchte sich mit Keyfob koppeln</translation>
    </message>
    <message>
        <source>A command asks to allow more</source>
        <translation>Ein Befehl möchte mehr erlauben</translation>
    </message>
    <message>
        <source>{server} has tools that you have not seen yet</source>
        <translation>{server} hat Werkzeuge, die Sie noch nicht gesehen haben</translation>
    </message>
    <message>
        <source>{server} has changed its tools</source>
        <translation>{server} hat seine Werkzeuge geändert</translation>
    </message>
    <message>
        <source>Your secrets wait for their passphrase</source>
        <translation>Ihre Geheimnisse warten auf ihre Passphrase</translation>
    </message>
    <message>
        <source>A call waits for Keyfob to be unlocked</source>
        <translation>Ein Aufruf wartet darauf, dass Keyfob entsperrt wird</translation>
    </message>
    <message>
        <source>Your keys are in {store}.</source>
        <translation>Ihre Schlüssel liegen hier: {store}.</translation>
    </message>
    <message>
        <source>{store} is locked.</source>
        <translation>{store} ist gesperrt.</translation>
    </message>
    <message>
        <source>This desktop has no keychain that Keyfob can use.</source>
        <translation>Dieser Desktop hat keinen Schlüsselbund, den Keyfob verwenden kann.</translation>
    </message>
    <message>
        <source>{store} does not answer.</source>
        <translation>{store} antwortet nicht.</translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.</source>
        <translation>Die Datei mit Ihren Geheimnissen ist eine ältere.</translation>
    </message>
    <message>
        <source>The file with your secrets is gone.</source>
        <translation>Die Datei mit Ihren Geheimnissen ist verschwunden.</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>Entsperren…</translation>
    </message>
    <message>
        <source>Use the older one…</source>
        <translation>Ältere verwenden…</translation>
    </message>
    <message>
        <source>Begin a new one…</source>
        <translation>Neue anlegen…</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Verbunden</translation>
    </message>
    <message>
        <source>Renewing the sign-in</source>
        <translation>Anmeldung wird erneuert</translation>
    </message>
    <message>
        <source>Sign-in has ended</source>
        <translation>Anmeldung ist abgelaufen</translation>
    </message>
    <message>
        <source>Not working</source>
        <translation>Funktioniert nicht</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>Nicht verbunden</translation>
    </message>
    <message>
        <source>Cannot be read now</source>
        <translation>Gerade nicht lesbar</translation>
    </message>
    <message>
        <source>Replace the key…</source>
        <translation>Schlüssel ersetzen…</translation>
    </message>
    <message>
        <source>Connect again…</source>
        <translation>Erneut verbinden…</translation>
    </message>
    <message>
        <source>Sign in again…</source>
        <translation>Erneut anmelden…</translation>
    </message>
    <message>
        <source>Needs no account</source>
        <translation>Braucht kein Konto</translation>
    </message>
    <message>
        <source>browser sign-in</source>
        <translation>Anmeldung im Browser</translation>
    </message>
    <message>
        <source>sign-in with a code</source>
        <translation>Anmeldung mit Code</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API-Schlüssel</translation>
    </message>
    <message>
        <source>service account</source>
        <translation>Dienstkonto</translation>
    </message>
    <message>
        <source>just this once</source>
        <translation>nur dieses Mal</translation>
    </message>
    <message>
        <source>for this session</source>
        <translation>für diese Sitzung</translation>
    </message>
    <message>
        <source>until Keyfob is locked</source>
        <translation>bis Keyfob gesperrt wird</translation>
    </message>
    <message>
        <source>for one hour</source>
        <translation>für eine Stunde</translation>
    </message>
    <message>
        <source>for eight hours</source>
        <translation>für acht Stunden</translation>
    </message>
    <message>
        <source>always, until changed</source>
        <translation>immer, bis zur Änderung</translation>
    </message>
    <message>
        <source>The account {account} needs a sign-in</source>
        <translation>Das Konto {account} braucht eine Anmeldung</translation>
    </message>
    <message>
        <source>The account {account} is not working</source>
        <translation>Das Konto {account} funktioniert nicht</translation>
    </message>
    <message>
        <source>The key of {account} has expired</source>
        <translation>Der Schlüssel von {account} ist abgelaufen</translation>
    </message>
    <message>
        <source>The key of {account} expires within a day</source>
        <translation>Der Schlüssel von {account} läuft innerhalb eines Tages ab</translation>
    </message>
    <message>
        <source>The key of {account} expires in {days} days</source>
        <translation>Der Schlüssel von {account} läuft in {days} Tagen ab</translation>
    </message>
    <message>
        <source>Sign in to {server} again</source>
        <translation>Erneut bei {server} anmelden</translation>
    </message>
    <message>
        <source>{server} is not working</source>
        <translation>{server} funktioniert nicht</translation>
    </message>
</context>
<context>
    <name>Story</name>
    <message>
        <source>{tool} of {server}</source>
        <translation>{tool} von {server}</translation>
    </message>
    <message>
        <source>You were asked.</source>
        <translation>Sie wurden gefragt.</translation>
    </message>
    <message>
        <source>{decision}.</source>
        <translation>{decision}.</translation>
    </message>
    <message>
        <source>{decision}, {lasts}.</source>
        <translation>{decision}, {lasts}.</translation>
    </message>
    <message>
        <source>Sent to {server}.</source>
        <translation>An {server} gesendet.</translation>
    </message>
    <message>
        <source>Sent to {server} as {account}.</source>
        <translation>An {server} gesendet, als {account}.</translation>
    </message>
    <message>
        <source>{event}.</source>
        <translation>{event}.</translation>
    </message>
    <message>
        <source>{event}: {outcome}.</source>
        <translation>{event}: {outcome}.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Known by</source>
        <translation>Erkannt an</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Methode</translation>
    </message>
    <message>
        <source>Decided by</source>
        <translation>Entschieden durch</translation>
    </message>
    <message>
        <source>Came by</source>
        <translation>Gekommen über</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>HTTP status</source>
        <translation>HTTP-Status</translation>
    </message>
    <message>
        <source>Size of the answer</source>
        <translation>Größe der Antwort</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>Regel</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>Anzahl</translation>
    </message>
    <message>
        <source>Digest</source>
        <translation>Prüfsumme</translation>
    </message>
    <message>
        <source>The server answered ({status}).</source>
        <translation>Der Server hat geantwortet ({status}).</translation>
    </message>
    <message>
        <source>The server answered.</source>
        <translation>Der Server hat geantwortet.</translation>
    </message>
    <message>
        <source>The client did not wait for the answer.</source>
        <translation>Der Client hat nicht auf die Antwort gewartet.</translation>
    </message>
    <message>
        <source>It failed: {reason}</source>
        <translation>Fehlgeschlagen: {reason}</translation>
    </message>
    <message>
        <source>The server answered with an error ({status}).</source>
        <translation>Der Server hat mit einem Fehler geantwortet ({status}).</translation>
    </message>
    <message>
        <source>It failed.</source>
        <translation>Fehlgeschlagen.</translation>
    </message>
    <message>
        <source>The call ended while the question stayed open: {reason}</source>
        <translation>Der Aufruf endete, während die Frage offen blieb: {reason}</translation>
    </message>
    <message>
        <source>Refused: {reason}</source>
        <translation>Abgelehnt: {reason}</translation>
    </message>
    <message>
        <source>just this once</source>
        <translation>nur dieses Mal</translation>
    </message>
    <message>
        <source>for this session</source>
        <translation>für diese Sitzung</translation>
    </message>
    <message>
        <source>until Keyfob is locked</source>
        <translation>bis Keyfob gesperrt wird</translation>
    </message>
    <message>
        <source>for some hours</source>
        <translation>für einige Stunden</translation>
    </message>
    <message>
        <source>always</source>
        <translation>immer</translation>
    </message>
</context>
<context>
    <name>TokenDialog</name>
    <message>
        <source>Token for a client</source>
        <translation>Token für einen Client</translation>
    </message>
    <message>
        <source>Client&apos;s name</source>
        <translation>Name des Clients</translation>
    </message>
    <message>
        <source>It cannot send a header: put the token into the address</source>
        <translation>Der Client kann keinen Header senden: Token in die Adresse aufnehmen</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Token, sent as “Authorization: Bearer …”</source>
        <translation>Token, gesendet als „Authorization: Bearer …“</translation>
    </message>
    <message>
        <source>Make token</source>
        <translation>Token erstellen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>With a token a program uses Keyfob under the name you give it here. Each program gets its own, so that you can revoke one alone.</source>
        <translation>Mit einem Token verwendet ein Programm Keyfob unter dem Namen, den Sie hier vergeben. Jedes Programm bekommt ein eigenes, damit sich jedes einzeln widerrufen lässt.</translation>
    </message>
    <message>
        <source>Copy it now: it is shown this once and cannot be read again.</source>
        <translation>Kopieren Sie es jetzt: Es wird nur dieses eine Mal angezeigt und lässt sich nicht wieder auslesen.</translation>
    </message>
</context>
<context>
    <name>ToolChangeDialog</name>
    <message>
        <source>{server} has changed its tools. Approve them as they are now?</source>
        <translation>{server} hat seine Werkzeuge geändert. So freigeben, wie sie jetzt sind?</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Until you answer, your programs neither see nor call them.</source>
        <translation>Bis Sie antworten, können Ihre Programme sie weder sehen noch aufrufen.</translation>
    </message>
    <message>
        <source>Approved</source>
        <translation>Freigegeben</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>Jetzt</translation>
    </message>
</context>
<context>
    <name>ToolDialog</name>
    <message>
        <source>Try a tool</source>
        <translation>Werkzeug ausprobieren</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>What the tool says of itself</source>
        <translation>Eigene Beschreibung des Werkzeugs</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>Argumente</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>Aufrufen</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Asking the server for its tools…</source>
        <translation>Server wird nach Werkzeugen gefragt…</translation>
    </message>
    <message>
        <source>None of its tools is approved and allowed. The page Servers tells why, beside each of them.</source>
        <translation>Keines seiner Werkzeuge ist freigegeben und erlaubt. Warum, steht auf der Seite Server bei jedem Werkzeug.</translation>
    </message>
    <message>
        <source>This server offers no tools.</source>
        <translation>Dieser Server bietet keine Werkzeuge an.</translation>
    </message>
    <message>
        <source>Not JSON yet: line {line}, column {column}.</source>
        <translation>Noch kein JSON: Zeile {line}, Spalte {column}.</translation>
    </message>
    <message>
        <source>Arguments are one JSON object, like {}.</source>
        <translation>Argumente sind ein JSON-Objekt, etwa {}.</translation>
    </message>
    <message>
        <source>Calling…</source>
        <translation>Aufruf läuft…</translation>
    </message>
    <message>
        <source>The server saw you as {identity}.</source>
        <translation>Der Server hat Sie als {identity} gesehen.</translation>
    </message>
    <message>
        <source>The server answered.</source>
        <translation>Der Server hat geantwortet.</translation>
    </message>
    <message>
        <source>The tool reports an error. {words}</source>
        <translation>Das Werkzeug meldet einen Fehler. {words}</translation>
    </message>
    <message>
        <source>Try a tool of {server}</source>
        <translation>Werkzeug von {server} ausprobieren</translation>
    </message>
    <message>
        <source>A real call through the relay, as any client would make it.</source>
        <translation>Ein echter Aufruf über das Relay, wie ihn jeder Client machen würde.</translation>
    </message>
</context>
<context>
    <name>ToolListDialog</name>
    <message numerus="yes">
        <source>Let programs use the %n tool(s) of {server}?</source>
        <translation>
            <numerusform>%n Werkzeug von {server} für Programme freigeben?</numerusform>
            <numerusform>Die %n Werkzeuge von {server} für Programme freigeben?</numerusform>
        </translation>
    </message>
    <message>
        <source>Approve all</source>
        <translation>Alle freigeben</translation>
    </message>
    <message>
        <source>Refuse all</source>
        <translation>Alle ablehnen</translation>
    </message>
    <message>
        <source>Approved tools are shown to your programs; whether one may call a tool is still asked. A tool that changes later is hidden until you approve the change.</source>
        <translation>Freigegebene Werkzeuge werden Ihren Programmen gezeigt; ob eines ein Werkzeug aufrufen darf, wird weiterhin gefragt. Ein Werkzeug, das sich später ändert, bleibt verborgen, bis Sie die Änderung freigeben.</translation>
    </message>
    <message>
        <source>It says nothing of itself.</source>
        <translation>Keine eigene Beschreibung.</translation>
    </message>
</context>
<context>
    <name>ToolPrompts</name>
    <message>
        <source>says that it only reads</source>
        <translation>liest nach eigener Angabe nur</translation>
    </message>
    <message>
        <source>may destroy something</source>
        <translation>kann etwas zerstören</translation>
    </message>
    <message>
        <source>reaches the outside world</source>
        <translation>wirkt nach außen</translation>
    </message>
    <message>
        <source>says that a repetition changes nothing</source>
        <translation>Wiederholung ändert nach eigener Angabe nichts</translation>
    </message>
    <message>
        <source>This tool was not there when you approved the others.</source>
        <translation>Dieses Werkzeug gab es noch nicht, als Sie die anderen freigaben.</translation>
    </message>
    <message>
        <source>This tool has changed since you approved it.</source>
        <translation>Dieses Werkzeug hat sich seit Ihrer Freigabe geändert.</translation>
    </message>
</context>
<context>
    <name>ToolsDialog</name>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>About the chosen tool</source>
        <translation>Über das gewählte Werkzeug</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>und {count} weitere</translation>
    </message>
    <message>
        <source>Some words here may be meant to steer the model, not to tell you.</source>
        <translation>Manche Wörter hier könnten das Modell lenken sollen, statt Ihnen etwas mitzuteilen.</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show all activity</source>
        <translation>Gesamte Aktivität anzeigen</translation>
    </message>
    <message>
        <source>Recent activity</source>
        <translation>Letzte Aktivität</translation>
    </message>
    <message>
        <source>Open Keyfob</source>
        <translation>Keyfob öffnen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>{name}: {state}</source>
        <translation>{name}: {state}</translation>
    </message>
    <message>
        <source>{name} ({person}): {state}</source>
        <translation>{name} ({person}): {state}</translation>
    </message>
    <message>
        <source>{count} more…</source>
        <translation>{count} weitere…</translation>
    </message>
    <message>
        <source>Lock Keyfob</source>
        <translation>Keyfob sperren</translation>
    </message>
    <message>
        <source>Unlock Keyfob…</source>
        <translation>Keyfob entsperren…</translation>
    </message>
    <message>
        <source>Let calls pass again</source>
        <translation>Aufrufe weiterlaufen lassen</translation>
    </message>
    <message>
        <source>Pause all calls</source>
        <translation>Alle Aufrufe anhalten</translation>
    </message>
</context>
<context>
    <name>UndoBanner</name>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Removed {what}.</source>
        <translation>Entfernt: {what}.</translation>
    </message>
</context>
<context>
    <name>UnlockDialog</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Go on with the older file</source>
        <translation>Mit der älteren Datei weitermachen</translation>
    </message>
    <message>
        <source>Better put the newer file back, if you have it. In the older one, a token that was renewed since has ended, and its account asks you to sign in again.</source>
        <translation>Besser ist es, die neuere Datei zurückzulegen, falls Sie sie haben. Ein seither erneuertes Token ist in der älteren nicht mehr gültig, und das Konto verlangt eine erneute Anmeldung.</translation>
    </message>
    <message>
        <source>Use the older one</source>
        <translation>Ältere verwenden</translation>
    </message>
    <message>
        <source>Begin a new file</source>
        <translation>Neue Datei anlegen</translation>
    </message>
    <message>
        <source>Better put the file back, if you have it. A new one is empty, and every account asks you to sign in again.</source>
        <translation>Besser ist es, die Datei zurückzulegen, falls Sie sie haben. Eine neue ist leer, und jedes Konto verlangt eine erneute Anmeldung.</translation>
    </message>
    <message>
        <source>Begin a new one</source>
        <translation>Neue anlegen</translation>
    </message>
    <message>
        <source>Unlock your secrets</source>
        <translation>Geheimnisse entsperren</translation>
    </message>
    <message>
        <source>They stay open until Keyfob ends. The passphrase is kept nowhere.</source>
        <translation>Sie bleiben offen, bis Keyfob endet. Die Passphrase wird nirgends aufbewahrt.</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Entsperren</translation>
    </message>
</context>
<context>
    <name>UnlockPromptDialog</name>
    <message>
        <source>Unlock Keyfob?</source>
        <translation>Keyfob entsperren?</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Entsperren</translation>
    </message>
    <message>
        <source>Leave it locked</source>
        <translation>Gesperrt lassen</translation>
    </message>
    <message>
        <source>Calls pass again then, each as your rules and answers say.</source>
        <translation>Danach kommen Aufrufe wieder durch, jeder gemäß Ihren Regeln und Antworten.</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Add your first server…</source>
        <translation>Ersten Server hinzufügen…</translation>
    </message>
    <message>
        <source>Keyfob holds the keys for your MCP servers</source>
        <translation>Keyfob verwahrt die Schlüssel Ihrer MCP-Server</translation>
    </message>
    <message>
        <source>Add a server by its name and address.</source>
        <translation>Fügen Sie einen Server mit Name und Adresse hinzu.</translation>
    </message>
    <message>
        <source>Connect it: sign in with your browser, once.</source>
        <translation>Verbinden Sie ihn: einmal im Browser anmelden.</translation>
    </message>
    <message>
        <source>Point your MCP clients at Keyfob. They never see the key.</source>
        <translation>Stellen Sie Ihre MCP-Clients auf Keyfob ein. Sie sehen den Schlüssel nie.</translation>
    </message>
</context>
<context>
    <name>WideningDialog</name>
    <message>
        <source>Allow</source>
        <translation>Erlauben</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Asked for by a command on this computer.</source>
        <translation>Angefragt von einem Befehl auf diesem Computer.</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Where Keyfob listens</source>
        <translation>Wo Keyfob erreichbar ist</translation>
    </message>
    <message>
        <source>Keyfob is starting. Where your keychain asks you something, it waits for that.</source>
        <translation>Keyfob startet. Wenn Ihr Schlüsselbund Sie etwas fragt, wartet es darauf.</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Konten</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>Clients</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Aktivität</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Diagnose</translation>
    </message>
    <message>
        <source>Your desktop shows no tray, so this window is all there is of Keyfob.</source>
        <translation>Ihr Desktop zeigt keinen Infobereich, daher ist von Keyfob nur dieses Fenster zu sehen.</translation>
    </message>
    <message>
        <source>Closing it asks whether to quit; starting Keyfob again brings it back.</source>
        <translation>Beim Schließen werden Sie gefragt, ob Keyfob beendet werden soll; ein erneuter Start von Keyfob bringt das Fenster zurück.</translation>
    </message>
    <message>
        <source>Quit Keyfob?</source>
        <translation>Keyfob beenden?</translation>
    </message>
    <message>
        <source>Your desktop has no tray to go to. While Keyfob is not running, your MCP clients cannot use it; minimise the window instead to keep it at work.</source>
        <translation>Ihr Desktop hat keinen Infobereich, in den Keyfob gehen könnte. Solange Keyfob nicht läuft, können Ihre MCP-Clients es nicht verwenden; minimieren Sie stattdessen das Fenster, damit es weiterarbeitet.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Listens at</source>
        <translation>Erreichbar unter</translation>
    </message>
    <message>
        <source>Not listening</source>
        <translation>Nicht erreichbar</translation>
    </message>
    <message>
        <source>Clients cannot reach Keyfob now.</source>
        <translation>Clients können Keyfob derzeit nicht erreichen.</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>Entsperren…</translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation>Aufrufe weiterlaufen lassen</translation>
    </message>
    <message>
        <source>Your keys are out of memory, and no client gets anything until you unlock.</source>
        <translation>Ihre Schlüssel sind nicht mehr im Arbeitsspeicher, und kein Client bekommt etwas, bis Sie entsperren.</translation>
    </message>
    <message>
        <source>Clients are told so. Sign-ins are renewed all the same.</source>
        <translation>Clients wird das mitgeteilt. Anmeldungen werden trotzdem erneuert.</translation>
    </message>
    <message>
        <source>config.toml was edited by hand. What allows more waits for your yes.</source>
        <translation>config.toml wurde von Hand bearbeitet. Was mehr erlaubt, wartet auf Ihre Zustimmung.</translation>
    </message>
    <message>
        <source>A question waits for your answer.</source>
        <translation>Eine Frage wartet auf Ihre Antwort.</translation>
    </message>
    <message>
        <source>{count} questions wait for your answer.</source>
        <translation>{count} Fragen warten auf Ihre Antwort.</translation>
    </message>
    <message>
        <source>Make a new one, then replace it here.</source>
        <translation>Erstellen Sie einen neuen und ersetzen Sie dann den alten hier.</translation>
    </message>
    <message>
        <source>{reminder}.</source>
        <translation>{reminder}.</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>Ansehen…</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>und {count} weitere</translation>
    </message>
</context>
</TS>
