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
        <source>This server answers without an account.</source>
        <translation>Dieser Server antwortet ohne Konto.</translation>
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
        <source> days</source>
        <translation> Tagen</translation>
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
    <message>
        <source>{count} secrets were moved.</source>
        <translation>{count} Geheimnisse wurden verschoben.</translation>
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
        <translation>Ohne Antwort schließt sich das Fenster innerhalb einer Minute, als „Nicht jetzt“.</translation>
    </message>
    <message>
        <source>Without an answer this closes in {minutes} minutes, as “not now”.</source>
        <translation>Ohne Antwort schließt sich das Fenster in {minutes} Minuten, als „Nicht jetzt“.</translation>
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
        <source>Sign in again…</source>
        <translation>Erneut anmelden…</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
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
        <source> minutes</source>
        <translation> Minuten</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nie</translation>
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
        <source> seconds</source>
        <translation> Sekunden</translation>
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
        <source> tools</source>
        <translation> Werkzeuge</translation>
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
        <source> days</source>
        <translation> Tage</translation>
    </message>
    <message>
        <source>An unused session ends after</source>
        <translation>Eine ungenutzte Sitzung endet nach</translation>
    </message>
    <message>
        <source>Counted from its last request.</source>
        <translation>Gezählt ab ihrer letzten Anfrage.</translation>
    </message>
    <message>
        <source> hours</source>
        <translation> Stunden</translation>
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
    <message>
        <source>Let programs use the {count} tools of {server}?</source>
        <translation>Die {count} Werkzeuge von {server} für Programme freigeben?</translation>
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
        <translation>Keyfob bewahrt die Schlüssel für Ihre MCP-Server auf</translation>
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
