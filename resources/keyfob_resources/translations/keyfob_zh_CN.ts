<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AccessDialog</name>
    <message>
        <source>Let {client} use {server}?</source>
        <translation>允许 {client} 使用 {server}？</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation>自称</translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation>自行声明，未经核实</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>It says of itself</source>
        <translation>自我描述</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>none: sent without a credential</source>
        <translation>无：发送时不带凭据</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>With these arguments</source>
        <translation>使用以下参数</translation>
    </message>
    <message>
        <source>How long your answer holds</source>
        <translation>答复的有效期</translation>
    </message>
    <message>
        <source>My answer holds</source>
        <translation>我的答复有效期</translation>
    </message>
    <message>
        <source>some of its words may be meant to steer the model</source>
        <translation>其中一些文字可能意在操纵模型</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
</context>
<context>
    <name>AccessSwitch</name>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>询问</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>{access}: {tool}</source>
        <translation>{access}：{tool}</translation>
    </message>
</context>
<context>
    <name>AccountDetails</name>
    <message>
        <source>Provider</source>
        <translation>提供商</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Signed in at</source>
        <translation>登录于</translation>
    </message>
    <message>
        <source>Used by</source>
        <translation>用于</translation>
    </message>
    <message>
        <source>Renews by</source>
        <translation>续期时间</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>过期时间</translation>
    </message>
    <message>
        <source>What it may do</source>
        <translation>可执行的操作</translation>
    </message>
    <message>
        <source>Connect…</source>
        <translation>连接…</translation>
    </message>
    <message>
        <source>Renew now</source>
        <translation>立即续期</translation>
    </message>
    <message>
        <source>Disconnect…</source>
        <translation>断开连接…</translation>
    </message>
    <message>
        <source>no server</source>
        <translation>没有服务器</translation>
    </message>
    <message>
        <source>Replace the key…</source>
        <translation>替换密钥…</translation>
    </message>
    <message>
        <source>Connect again…</source>
        <translation>重新连接…</translation>
    </message>
    <message>
        <source>Sign in again…</source>
        <translation>重新登录…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>AccountList</name>
    <message>
        <source>Accounts</source>
        <translation>账户</translation>
    </message>
</context>
<context>
    <name>AccountsPage</name>
    <message>
        <source>No account yet</source>
        <translation>暂无账户</translation>
    </message>
    <message>
        <source>An account is one sign-in or one key that Keyfob holds for you. Several servers may use the same one. Connecting a server makes its account; one of a provider can be added here.</source>
        <translation>一个账户是 Keyfob 为您保管的一次登录或一个密钥，可由多个服务器共用。连接服务器时会创建其账户；也可以在此添加某个提供商的账户。</translation>
    </message>
    <message>
        <source>Add an account…</source>
        <translation>添加账户…</translation>
    </message>
    <message>
        <source>Add account…</source>
        <translation>添加账户…</translation>
    </message>
    <message>
        <source>Disconnect {account}?</source>
        <translation>断开 {account} 的连接？</translation>
    </message>
    <message>
        <source>Its key is erased here and, where the issuer offers that, revoked there. Servers that use it need a sign-in.</source>
        <translation>其密钥将从此处抹除；如果签发方支持，还会在签发方吊销。使用它的服务器需要重新登录。</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开连接</translation>
    </message>
    <message>
        <source>{account} is disconnected.</source>
        <translation>{account} 已断开连接。</translation>
    </message>
</context>
<context>
    <name>ActivityChart</name>
    <message>
        <source>Calls and refusals over time</source>
        <translation>一段时间内的调用与拒绝</translation>
    </message>
    <message numerus="yes">
        <source>%n call(s)</source>
        <translation>
            <numerusform>%n 次调用</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n refusal(s)</source>
        <translation>
            <numerusform>%n 次拒绝</numerusform>
        </translation>
    </message>
    <message>
        <source>{calls} and {refusals} since {moment}</source>
        <translation>自 {moment} 起：{calls}，{refusals}</translation>
    </message>
    <message>
        <source>{calls} and {refusals} since {moment}; the oldest are not counted</source>
        <translation>自 {moment} 起：{calls}，{refusals}；最早的未计入</translation>
    </message>
    <message>
        <source>{begin} to {end}: {calls}, {refusals}</source>
        <translation>{begin} 至 {end}：{calls}，{refusals}</translation>
    </message>
    <message>
        <source>No calls in this time.</source>
        <translation>此时段内没有调用。</translation>
    </message>
    <message>
        <source>at most {count}</source>
        <translation>最多 {count}</translation>
    </message>
    <message>
        <source>the oldest are not counted</source>
        <translation>最早的未计入</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
</context>
<context>
    <name>ActivityDetail</name>
    <message>
        <source>Arguments, secrets hidden</source>
        <translation>参数（已隐藏机密）</translation>
    </message>
    <message>
        <source>Request id</source>
        <translation>请求 ID</translation>
    </message>
    <message>
        <source>Request id, as the client was told</source>
        <translation>请求 ID（与告知客户端的一致）</translation>
    </message>
    <message>
        <source>As it was recorded</source>
        <translation>原始记录</translation>
    </message>
    <message>
        <source>Choose a row to read what happened.</source>
        <translation>选择一行以查看详情。</translation>
    </message>
</context>
<context>
    <name>ActivityExport</name>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Verify the log</source>
        <translation>验证日志</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>As JSON lines, which can be verified…</source>
        <translation>导出为可验证的 JSON 行…</translation>
    </message>
    <message>
        <source>As a table (CSV)…</source>
        <translation>导出为表格 (CSV)…</translation>
    </message>
    <message>
        <source>Export activity</source>
        <translation>导出活动</translation>
    </message>
    <message>
        <source>JSON lines (*.jsonl)</source>
        <translation>JSON 行 (*.jsonl)</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Exporting…</source>
        <translation>正在导出…</translation>
    </message>
    <message>
        <source>Exported {size} to {path}.</source>
        <translation>已将 {size} 导出到 {path}。</translation>
    </message>
    <message>
        <source>Only what the filters show is in it.</source>
        <translation>其中仅包含筛选出的内容。</translation>
    </message>
    <message>
        <source>Following the whole chain…</source>
        <translation>正在核对整条链…</translation>
    </message>
    <message numerus="yes">
        <source>The audit log is whole: %n event(s).</source>
        <translation>
            <numerusform>审计日志完整：%n 个事件。</numerusform>
        </translation>
    </message>
    <message>
        <source>No line was changed, removed, or cut off behind the last anchor.</source>
        <translation>没有任何行被更改或移除，日志也没有在最后一个锚点之前被截断。</translation>
    </message>
    <message>
        <source>At {place}: {problem}</source>
        <translation>{place}：{problem}</translation>
    </message>
    <message>
        <source>The audit log is not whole.</source>
        <translation>审计日志不完整。</translation>
    </message>
</context>
<context>
    <name>ActivityFilter</name>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>搜索日志</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Any tool</source>
        <translation>所有工具</translation>
    </message>
    <message>
        <source>A tool&apos;s name; * stands for anything.</source>
        <translation>工具名称；* 代表任意内容。</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Any client</source>
        <translation>所有客户端</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Any server</source>
        <translation>所有服务器</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Any account</source>
        <translation>所有账户</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Any outcome</source>
        <translation>所有结果</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>任意时间</translation>
    </message>
    <message>
        <source>The last hour</source>
        <translation>最近 1 小时</translation>
    </message>
    <message>
        <source>The last 24 hours</source>
        <translation>最近 24 小时</translation>
    </message>
    <message>
        <source>The last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>The last 30 days</source>
        <translation>最近 30 天</translation>
    </message>
</context>
<context>
    <name>ActivityModel</name>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>What</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Server and tool</source>
        <translation>服务器与工具</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>结果</translation>
    </message>
</context>
<context>
    <name>ActivityPage</name>
    <message>
        <source>Activity</source>
        <translation>活动</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation>清除筛选</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>暂无活动</translation>
    </message>
    <message>
        <source>Every call through Keyfob is recorded here, before its first byte leaves this computer: who asked, which account was used, who decided, and how it ended.</source>
        <translation>经由 Keyfob 的每次调用，都会在首个字节离开这台电脑之前记录在此：由谁请求、使用哪个账户、由谁决定，以及结果如何。</translation>
    </message>
    <message>
        <source>Reading the log…</source>
        <translation>正在读取日志…</translation>
    </message>
    <message>
        <source>No event is like that.</source>
        <translation>没有符合条件的事件。</translation>
    </message>
    <message numerus="yes">
        <source>%n event(s) shown; scroll down for older ones.</source>
        <translation>
            <numerusform>已显示 %n 个事件；向下滚动查看更早的事件。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n event(s), all there are.</source>
        <translation>
            <numerusform>%n 个事件，已全部显示。</numerusform>
        </translation>
    </message>
    <message>
        <source>The log is long: scroll down to search further back.</source>
        <translation>日志较长：向下滚动可继续向前搜索。</translation>
    </message>
</context>
<context>
    <name>AddServerDialog</name>
    <message>
        <source>Add a server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>At an address</source>
        <translation>位于某个地址</translation>
    </message>
    <message>
        <source>A program on this computer</source>
        <translation>这台电脑上的程序</translation>
    </message>
    <message>
        <source>Search, or paste an address</source>
        <translation>搜索或粘贴地址</translation>
    </message>
    <message>
        <source>Catalogue</source>
        <translation>目录</translation>
    </message>
    <message>
        <source>The catalogue has nothing of that name. Any server works by its address.</source>
        <translation>目录中没有此名称。任何服务器都可通过地址添加。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Variable for its key</source>
        <translation>存放密钥的变量</translation>
    </message>
    <message>
        <source>Keyfob will run this program. It can do what you can: read and change your files, and use your network.</source>
        <translation>Keyfob 将运行此程序。它能做您能做的事：读取和更改您的文件，以及使用您的网络。</translation>
    </message>
    <message>
        <source>Add server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Choose one that Keyfob knows, or give any server&apos;s MCP address.</source>
        <translation>选择 Keyfob 已知的服务器，或输入任意服务器的 MCP 地址。</translation>
    </message>
</context>
<context>
    <name>Advanced</name>
    <message>
        <source>Resource</source>
        <translation>资源</translation>
    </message>
    <message>
        <source>as usual</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>named to it</source>
        <translation>向其指明</translation>
    </message>
    <message>
        <source>not named to it</source>
        <translation>不向其指明</translation>
    </message>
    <message>
        <source>another one is named</source>
        <translation>指明另一个资源</translation>
    </message>
    <message>
        <source>Its address</source>
        <translation>资源地址</translation>
    </message>
    <message>
        <source>Client proves itself</source>
        <translation>客户端身份证明</translation>
    </message>
    <message>
        <source>as it says</source>
        <translation>按其声明</translation>
    </message>
    <message>
        <source>not at all</source>
        <translation>不证明</translation>
    </message>
    <message>
        <source>by its secret in a header</source>
        <translation>通过标头中的机密</translation>
    </message>
    <message>
        <source>by its secret in the form</source>
        <translation>通过表单中的机密</translation>
    </message>
    <message>
        <source>by its private key</source>
        <translation>通过私钥</translation>
    </message>
    <message>
        <source>Extra parameters</source>
        <translation>附加参数</translation>
    </message>
    <message>
        <source>one a line, like access_type=offline</source>
        <translation>每行一个，例如 access_type=offline</translation>
    </message>
    <message>
        <source>Bind tokens to a key of this account (DPoP)</source>
        <translation>将令牌绑定到此账户的密钥 (DPoP)</translation>
    </message>
    <message>
        <source>It takes PKCE S256 without saying so</source>
        <translation>支持 PKCE S256 但未声明</translation>
    </message>
    <message>
        <source>It no longer knows Keyfob: register anew</source>
        <translation>已不再识别 Keyfob：重新注册</translation>
    </message>
    <message>
        <source>For a sign-in server that differs from others. Leave all this as it is unless its people say so.</source>
        <translation>适用于与众不同的登录服务器。除非其管理方要求，否则请保持原样。</translation>
    </message>
</context>
<context>
    <name>ClientDialog</name>
    <message>
        <source>A program that was signed by another wants to use Keyfob</source>
        <translation>一个签名方已变更的程序想使用 Keyfob</translation>
    </message>
    <message>
        <source>A new program wants to use Keyfob</source>
        <translation>一个新程序想使用 Keyfob</translation>
    </message>
    <message>
        <source>Let it in</source>
        <translation>准许接入</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation>自称</translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation>自行声明，未经核实</translation>
    </message>
    <message>
        <source>nobody</source>
        <translation>无</translation>
    </message>
    <message>
        <source>then it was signed by {signer}</source>
        <translation>当时的签名方为 {signer}</translation>
    </message>
    <message>
        <source>You named it</source>
        <translation>您曾命名为</translation>
    </message>
    <message>
        <source>You will see it under this name. What it may do with your servers is asked separately.</source>
        <translation>它将以此名称显示。它能对您的服务器执行哪些操作，会另行询问。</translation>
    </message>
</context>
<context>
    <name>ClientWizard</name>
    <message>
        <source>Your clients</source>
        <translation>您的客户端</translation>
    </message>
    <message>
        <source>Clients on this computer</source>
        <translation>此计算机上的客户端</translation>
    </message>
    <message>
        <source>What would be written and moved</source>
        <translation>将写入和移动的内容</translation>
    </message>
    <message>
        <source>No MCP client was found on this computer</source>
        <translation>在这台电脑上未找到 MCP 客户端</translation>
    </message>
    <message>
        <source>One that Keyfob does not know takes a token, made on a server&apos;s page, or is added by clients.toml beside the configuration.</source>
        <translation>Keyfob 不认识的客户端可以使用在服务器页面上创建的令牌，或通过配置旁的 clients.toml 添加。</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Move secrets</source>
        <translation>移动机密</translation>
    </message>
    <message>
        <source>Take out</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>放回</translation>
    </message>
    <message>
        <source>Erase the tokens that mcp-remote and fastmcp keep in files, too</source>
        <translation>同时清除 mcp-remote 和 fastmcp 存放在文件中的令牌</translation>
    </message>
    <message>
        <source>Move and connect all</source>
        <translation>全部移入并连接</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Looking for clients on this computer…</source>
        <translation>正在查找此计算机上的客户端…</translation>
    </message>
    <message>
        <source>{client} · connected</source>
        <translation>{client} · 已连接</translation>
    </message>
    <message>
        <source>{client} · to repair</source>
        <translation>{client} · 需要修复</translation>
    </message>
    <message>
        <source>{client} · secrets: {count}</source>
        <translation>{client} · 机密：{count}</translation>
    </message>
    <message>
        <source>{some} and {last}</source>
        <translation>{some} 和 {last}</translation>
    </message>
    <message>
        <source>Found here: {clients}.</source>
        <translation>在此找到：{clients}。</translation>
    </message>
    <message>
        <source>{found} No secret lies in their files.</source>
        <translation>{found} 它们的文件中没有机密。</translation>
    </message>
    <message>
        <source>{found} Secrets that lie in plain text in their files: {count}.</source>
        <translation>{found} 以明文存放在它们文件中的机密：{count} 个。</translation>
    </message>
    <message>
        <source>Move them into your keychain, and route these clients through Keyfob?</source>
        <translation>要把它们移入钥匙串，并让这些客户端经由 Keyfob 连接吗？</translation>
    </message>
    <message>
        <source>not connected</source>
        <translation>未连接</translation>
    </message>
    <message>
        <source>connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry was changed</source>
        <translation>Keyfob 的条目已被更改</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry is gone</source>
        <translation>Keyfob 的条目已消失</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry leads where it was before</source>
        <translation>Keyfob 的条目指向它以前的位置</translation>
    </message>
    <message>
        <source>its token was revoked</source>
        <translation>其令牌已被撤销</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>{words}, last seen {when}</source>
        <translation>{words}，上次出现于 {when}</translation>
    </message>
    <message>
        <source>{name} moves into Keyfob: {address}</source>
        <translation>{name} 移入 Keyfob：{address}</translation>
    </message>
    <message>
        <source>{name} stays: {reason}</source>
        <translation>{name} 保留：{reason}</translation>
    </message>
    <message>
        <source>{program} keeps tokens in {path}</source>
        <translation>{program} 把令牌存放在 {path}</translation>
    </message>
    <message>
        <source>Connect all</source>
        <translation>全部连接</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry is written. Restart {client}, so that it reads it.</source>
        <translation>Keyfob 的条目已写入。请重新启动 {client} 以读取它。</translation>
    </message>
    <message>
        <source>These stay as they were: {servers}</source>
        <translation>这些保持原样：{servers}</translation>
    </message>
    <message>
        <source>Moved into Keyfob: {servers}. Restart {client}.</source>
        <translation>已移入 Keyfob：{servers}。请重新启动 {client}。</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>{client} has its servers back as they were, secrets and all.</source>
        <translation>{client} 的服务器已原样放回，包括机密。</translation>
    </message>
    <message>
        <source>Put the servers back into {client}?</source>
        <translation>要把服务器放回 {client} 吗？</translation>
    </message>
    <message>
        <source>Its files get what was moved out of them, with the secrets in plain text, and lose Keyfob&apos;s entry. The servers stay in Keyfob as well.</source>
        <translation>移出的内容会连同明文机密写回它的文件，Keyfob 的条目会被取出。服务器也会保留在 Keyfob 中。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry is taken out of {client}, and its token is revoked.</source>
        <translation>Keyfob 的条目已从 {client} 中移除，其令牌已撤销。</translation>
    </message>
    <message>
        <source>Point your clients at Keyfob</source>
        <translation>将您的客户端指向 Keyfob</translation>
    </message>
</context>
<context>
    <name>ClientsPage</name>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>吊销…</translation>
    </message>
    <message>
        <source>Claude Desktop, Cursor, VS Code and the rest are pointed at Keyfob once, and never see a key. Keyfob finds them here, writes its entry into their files, and moves the keys that lie there into your keychain. A client it does not know takes a token, made on a server&apos;s page.</source>
        <translation>Claude Desktop、Cursor、VS Code 等客户端只需指向 Keyfob 一次，且永远看不到密钥。Keyfob 会在此找到它们，将自己的条目写入它们的文件，并把其中的密钥移入您的钥匙串。它不认识的客户端使用在服务器页面上创建的令牌。</translation>
    </message>
    <message>
        <source>Connect your clients…</source>
        <translation>连接您的客户端…</translation>
    </message>
    <message>
        <source>never</source>
        <translation>从未</translation>
    </message>
    <message>
        <source>A revoked client is refused at once.</source>
        <translation>吊销后，客户端会立即被拒绝。</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Known by</source>
        <translation>识别依据</translation>
    </message>
    <message>
        <source>Only for</source>
        <translation>仅限</translation>
    </message>
    <message>
        <source>Entry</source>
        <translation>条目</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>上次使用</translation>
    </message>
    <message>
        <source>Repair…</source>
        <translation>修复…</translation>
    </message>
    <message>
        <source>Connect clients…</source>
        <translation>连接客户端…</translation>
    </message>
    <message>
        <source>No client uses Keyfob yet</source>
        <translation>暂无客户端使用 Keyfob</translation>
    </message>
    <message>
        <source>stands</source>
        <translation>有效</translation>
    </message>
    <message>
        <source>was changed</source>
        <translation>已被更改</translation>
    </message>
    <message>
        <source>is gone</source>
        <translation>已消失</translation>
    </message>
    <message>
        <source>leads elsewhere</source>
        <translation>指向别处</translation>
    </message>
    <message>
        <source>token revoked</source>
        <translation>令牌已撤销</translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>An entry is no longer as Keyfob wrote it: choose the client and repair it.</source>
        <translation>有条目不再是 Keyfob 写入的样子：请选择该客户端并修复。</translation>
    </message>
    <message>
        <source>Revoke {client}?</source>
        <translation>吊销 {client}？</translation>
    </message>
    <message>
        <source>It is refused at once and needs a new token to come back.</source>
        <translation>它会立即被拒绝，需要新的令牌才能再次接入。</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>吊销</translation>
    </message>
    <message>
        <source>token</source>
        <translation>令牌</translation>
    </message>
    <message>
        <source>program file</source>
        <translation>程序文件</translation>
    </message>
    <message>
        <source>{program}, signed by {signer}</source>
        <translation>{program}，由 {signer} 签名</translation>
    </message>
    <message>
        <source>pairing, ends {date}</source>
        <translation>配对，{date} 结束</translation>
    </message>
    <message>
        <source>Keyfob itself</source>
        <translation>Keyfob 自身</translation>
    </message>
</context>
<context>
    <name>ClientsRules</name>
    <message>
        <source>Rule</source>
        <translation>规则</translation>
    </message>
    <message>
        <source>Access</source>
        <translation>访问</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>规则</translation>
    </message>
    <message>
        <source>Remove rule</source>
        <translation>移除规则</translation>
    </message>
    <message>
        <source>the rule {rule}</source>
        <translation>规则 {rule}</translation>
    </message>
    <message>
        <source>A deny wins over all else; then rules come before a server&apos;s own switches.</source>
        <translation>拒绝优先于一切；其次是规则，然后才是服务器自身的开关。</translation>
    </message>
    <message>
        <source>No rule yet. An answer that you give for good becomes one.</source>
        <translation>暂无规则。您给出的长期答复会成为规则。</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>询问</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>every client</source>
        <translation>所有客户端</translation>
    </message>
    <message>
        <source>every server</source>
        <translation>所有服务器</translation>
    </message>
    <message>
        <source>the group {group}</source>
        <translation>群组 {group}</translation>
    </message>
    <message>
        <source>tools that say: {words}</source>
        <translation>符合以下描述的工具：{words}</translation>
    </message>
    <message>
        <source>every tool</source>
        <translation>所有工具</translation>
    </message>
    <message>
        <source>until {moment}</source>
        <translation>直到 {moment}</translation>
    </message>
    <message>
        <source>while the tool stays as it is</source>
        <translation>工具保持不变期间</translation>
    </message>
    <message>
        <source>always</source>
        <translation>始终</translation>
    </message>
</context>
<context>
    <name>ConfirmDialog</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Try a tool…</source>
        <translation>试用工具…</translation>
    </message>
    <message>
        <source>No browser could be opened.</source>
        <translation>无法打开浏览器。</translation>
    </message>
    <message>
        <source>Copy the address instead.</source>
        <translation>请改为复制地址。</translation>
    </message>
    <message>
        <source>your store</source>
        <translation>您的存储</translation>
    </message>
    <message>
        <source>Connected. The key is in {store}.</source>
        <translation>已连接。密钥存放在 {store}。</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Nothing was stored.</source>
        <translation>未存储任何内容。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Asking {server} whether it takes the key.</source>
        <translation>正在询问 {server} 是否接受此密钥。</translation>
    </message>
    <message>
        <source>Connect {name}</source>
        <translation>连接 {name}</translation>
    </message>
</context>
<context>
    <name>ConnectForm</name>
    <message>
        <source>Sign in with the browser</source>
        <translation>使用浏览器登录</translation>
    </message>
    <message>
        <source>Sign in with a code</source>
        <translation>使用代码登录</translation>
    </message>
    <message>
        <source>Use an API key</source>
        <translation>使用 API 密钥</translation>
    </message>
    <message>
        <source>Use a service account</source>
        <translation>使用服务账户</translation>
    </message>
    <message>
        <source>This server works without an account.</source>
        <translation>此服务器无需账户即可使用。</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>Account name</source>
        <translation>账户名称</translation>
    </message>
    <message>
        <source>{way} (suggested)</source>
        <translation>{way}（推荐）</translation>
    </message>
    <message>
        <source>Asking the server what it needs…</source>
        <translation>正在询问服务器的要求…</translation>
    </message>
    <message>
        <source>This server answers without an account.</source>
        <translation>此服务器无需账户即可响应。</translation>
    </message>
    <message>
        <source>This server has you sign in at {issuer}.</source>
        <translation>此服务器要求您在 {issuer} 登录。</translation>
    </message>
    <message>
        <source>{issuer} signs you in, but registers no programs by itself: it needs an OAuth app of your own, under More.</source>
        <translation>{issuer} 可供您登录，但不支持程序自行注册：需要在“更多”中填写您自己的 OAuth 应用。</translation>
    </message>
    <message>
        <source>This server asks for a key, and names nobody who signs you in.</source>
        <translation>此服务器要求提供密钥，且未指明登录方。</translation>
    </message>
    <message>
        <source>This is not confirmed by the provider.</source>
        <translation>此信息未经提供商确认。</translation>
    </message>
    <message>
        <source>What is known of {provider}</source>
        <translation>关于 {provider} 的已知信息</translation>
    </message>
</context>
<context>
    <name>ConnectSteps</name>
    <message>
        <source>Connecting</source>
        <translation>正在连接</translation>
    </message>
    <message>
        <source>No browser window? Open this address yourself:</source>
        <translation>没有出现浏览器窗口？请自行打开此地址：</translation>
    </message>
    <message>
        <source>Sign-in address</source>
        <translation>登录地址</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详细信息</translation>
    </message>
</context>
<context>
    <name>CopyField</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>复制：{what}</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>Something in this window went wrong.</source>
        <translation>此窗口出现了问题。</translation>
    </message>
    <message>
        <source>Your keys and calls are not touched by it. The log has the details.</source>
        <translation>您的密钥和调用不受影响。日志中有详细信息。</translation>
    </message>
</context>
<context>
    <name>DevicePage</name>
    <message>
        <source>Your code</source>
        <translation>您的代码</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>Enter the code here:</source>
        <translation>在此处输入代码：</translation>
    </message>
    <message>
        <source>Scan the picture with your phone, or open the page below in any browser.</source>
        <translation>用手机扫描图片，或在任意浏览器中打开下方页面。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>The code has run out. Go back and ask for a new one.</source>
        <translation>代码已失效。请返回并获取新代码。</translation>
    </message>
    <message>
        <source>The code is good for {time} more.</source>
        <translation>代码在 {time} 内有效。</translation>
    </message>
</context>
<context>
    <name>Diagnostics</name>
    <message>
        <source>This desktop shows Keyfob&apos;s icon in its tray.</source>
        <translation>此桌面会在托盘中显示 Keyfob 图标。</translation>
    </message>
    <message>
        <source>This desktop has no tray, so the window is all there is of Keyfob.</source>
        <translation>此桌面没有托盘，因此 Keyfob 只有窗口可用。</translation>
    </message>
    <message>
        <source>On GNOME, the extension AppIndicator Support adds one.</source>
        <translation>在 GNOME 上，可使用 AppIndicator Support 扩展添加托盘。</translation>
    </message>
    <message>
        <source>Keyfob starts when you log in.</source>
        <translation>Keyfob 会在您登录桌面时启动。</translation>
    </message>
    <message>
        <source>Keyfob does not start by itself when you log in; Settings turns it on.</source>
        <translation>Keyfob 不会在您登录桌面时自动启动；可在“设置”中开启。</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>解锁…</translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation>放行调用</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>查看…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Close it to others</source>
        <translation>禁止他人访问</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>In order</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>Good to know</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>请留意</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>异常</translation>
    </message>
</context>
<context>
    <name>DiagnosticsPage</name>
    <message>
        <source>The same is found by `keyfob doctor` in a terminal, with or without a window.</source>
        <translation>在终端中运行 `keyfob doctor` 可得到相同的结果，有无窗口均可。</translation>
    </message>
    <message>
        <source>Looking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Text for somebody who helps you; no secret is in it.</source>
        <translation>供协助者查看的文本，其中不含机密。</translation>
    </message>
    <message>
        <source>What is in order</source>
        <translation>正常的项目</translation>
    </message>
    <message>
        <source>Looking at everything…</source>
        <translation>正在检查所有项目…</translation>
    </message>
    <message>
        <source>Keyfob could not be examined.</source>
        <translation>无法检查 Keyfob。</translation>
    </message>
    <message>
        <source>Nothing is wrong.</source>
        <translation>一切正常。</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to look at.</source>
        <translation>
            <numerusform>%n 项需要留意。</numerusform>
        </translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>Events</name>
    <message>
        <source>Keyfob started</source>
        <translation>Keyfob 已启动</translation>
    </message>
    <message>
        <source>Keyfob ended</source>
        <translation>Keyfob 已结束</translation>
    </message>
    <message>
        <source>Call under way</source>
        <translation>调用进行中</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>You were asked</source>
        <translation>已询问您</translation>
    </message>
    <message>
        <source>Decision</source>
        <translation>决定</translation>
    </message>
    <message>
        <source>Sign-in</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Account connected</source>
        <translation>账户已连接</translation>
    </message>
    <message>
        <source>Account disconnected</source>
        <translation>账户已断开连接</translation>
    </message>
    <message>
        <source>Sign-in renewed</source>
        <translation>登录已续期</translation>
    </message>
    <message>
        <source>Renewal failed</source>
        <translation>续期失败</translation>
    </message>
    <message>
        <source>Server added</source>
        <translation>服务器已添加</translation>
    </message>
    <message>
        <source>API document read</source>
        <translation>已读取 API 文档</translation>
    </message>
    <message>
        <source>Server removed</source>
        <translation>服务器已移除</translation>
    </message>
    <message>
        <source>Rule added</source>
        <translation>规则已添加</translation>
    </message>
    <message>
        <source>Rule removed</source>
        <translation>规则已移除</translation>
    </message>
    <message>
        <source>Token issued</source>
        <translation>令牌已签发</translation>
    </message>
    <message>
        <source>Client revoked</source>
        <translation>客户端已吊销</translation>
    </message>
    <message>
        <source>Client asks to pair</source>
        <translation>客户端请求配对</translation>
    </message>
    <message>
        <source>Client paired</source>
        <translation>客户端已配对</translation>
    </message>
    <message>
        <source>Pairing ended</source>
        <translation>配对已结束</translation>
    </message>
    <message>
        <source>Client named</source>
        <translation>客户端已命名</translation>
    </message>
    <message>
        <source>Tools wait for you</source>
        <translation>工具等待您批准</translation>
    </message>
    <message>
        <source>Tool approved</source>
        <translation>工具已批准</translation>
    </message>
    <message>
        <source>Tool rejected</source>
        <translation>工具已否决</translation>
    </message>
    <message>
        <source>Configuration edited</source>
        <translation>配置已编辑</translation>
    </message>
    <message>
        <source>Edit accepted</source>
        <translation>编辑已接受</translation>
    </message>
    <message>
        <source>Settings changed</source>
        <translation>设置已更改</translation>
    </message>
    <message>
        <source>Access changed</source>
        <translation>访问设定已更改</translation>
    </message>
    <message>
        <source>Secrets moved</source>
        <translation>机密已迁移</translation>
    </message>
    <message>
        <source>Keychain</source>
        <translation>钥匙串</translation>
    </message>
    <message>
        <source>Session ended</source>
        <translation>会话已结束</translation>
    </message>
    <message>
        <source>Locked</source>
        <translation>已锁定</translation>
    </message>
    <message>
        <source>Unlocked</source>
        <translation>已解锁</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Resumed</source>
        <translation>已恢复</translation>
    </message>
    <message>
        <source>Log repaired</source>
        <translation>日志已修复</translation>
    </message>
    <message>
        <source>Old log removed</source>
        <translation>旧日志已移除</translation>
    </message>
    <message>
        <source>Log was cut</source>
        <translation>日志曾被截断</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Denied</source>
        <translation>未获允许</translation>
    </message>
    <message>
        <source>You said no</source>
        <translation>您已拒绝</translation>
    </message>
    <message>
        <source>You said yes</source>
        <translation>您已允许</translation>
    </message>
    <message>
        <source>No answer</source>
        <translation>未答复</translation>
    </message>
    <message>
        <source>Waited for you</source>
        <translation>曾等待您答复</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>{count} ms</source>
        <translation>{count} 毫秒</translation>
    </message>
    <message>
        <source>{count} s</source>
        <translation>{count} 秒</translation>
    </message>
</context>
<context>
    <name>FindingRow</name>
    <message>
        <source>{button}: {sentence}</source>
        <translation>{button}：{sentence}</translation>
    </message>
</context>
<context>
    <name>KeyFile</name>
    <message>
        <source>Choose file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Drop the file here, or choose it.</source>
        <translation>将文件拖放到此处，或选择文件。</translation>
    </message>
    <message>
        <source>Read. Its content goes to your secret store and is not shown.</source>
        <translation>已读取。其内容将存入您的机密存储，不会显示。</translation>
    </message>
</context>
<context>
    <name>KeyPanel</name>
    <message>
        <source>Kind of key</source>
        <translation>密钥类型</translation>
    </message>
    <message>
        <source>Make one here:</source>
        <translation>在此创建：</translation>
    </message>
    <message>
        <source>How to make one</source>
        <translation>如何创建</translation>
    </message>
    <message>
        <source>User name</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>It expires in</source>
        <translation>有效期为</translation>
    </message>
    <message>
        <source> days</source>
        <translation> 天</translation>
    </message>
    <message>
        <source>Days until it expires</source>
        <translation>距离过期的天数</translation>
    </message>
    <message>
        <source>Ask the server whether it takes the key before it is kept</source>
        <translation>保存前先询问服务器是否接受此密钥</translation>
    </message>
    <message>
        <source>Where it is sent</source>
        <translation>发送位置</translation>
    </message>
    <message>
        <source>Sent as the headers {names}.</source>
        <translation>以标头 {names} 发送。</translation>
    </message>
    <message>
        <source>Secret {number}</source>
        <translation>机密 {number}</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>Keyfob reminds you in time.</source>
        <translation>Keyfob 会及时提醒您。</translation>
    </message>
</context>
<context>
    <name>KeyPlace</name>
    <message>
        <source>Sent as</source>
        <translation>发送方式</translation>
    </message>
    <message>
        <source>a header</source>
        <translation>标头</translation>
    </message>
    <message>
        <source>a part of the address</source>
        <translation>地址的一部分</translation>
    </message>
    <message>
        <source>user name and password</source>
        <translation>用户名和密码</translation>
    </message>
    <message>
        <source>Its name</source>
        <translation>其名称</translation>
    </message>
    <message>
        <source>Written as</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>{key} stands for the key, {username} for the user name.</source>
        <translation>{key} 代表密钥，{username} 代表用户名。</translation>
    </message>
</context>
<context>
    <name>KindPage</name>
    <message>
        <source>Scopes</source>
        <translation>权限</translation>
    </message>
    <message>
        <source>what the server asks for</source>
        <translation>服务器请求的权限</translation>
    </message>
</context>
<context>
    <name>LinkRow</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open {host}</source>
        <translation>打开 {host}</translation>
    </message>
</context>
<context>
    <name>MoveDialog</name>
    <message>
        <source>Move your secrets</source>
        <translation>迁移机密</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>迁移</translation>
    </message>
    <message>
        <source>Nothing was lost.</source>
        <translation>没有丢失任何内容。</translation>
    </message>
    <message>
        <source>{count} secrets were moved.</source>
        <translation>已迁移 {count} 项机密。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Every secret is written to one file, encrypted with a passphrase of yours, read back and compared, and then erased from the keychain. Keyfob asks for the passphrase at each start; nobody can bring a lost one back.</source>
        <translation>所有机密会写入一个用您的密码短语加密的文件，读回并比对，然后从钥匙串中抹除。Keyfob 每次启动时都会询问密码短语；一旦丢失，无人能够找回。</translation>
    </message>
    <message>
        <source>Every secret is written to the keychain of this desktop, read back and compared, and then erased from the encrypted file. Unlocking your desktop then unlocks them.</source>
        <translation>所有机密会写入此桌面的钥匙串，读回并比对，然后从加密文件中抹除。此后，解锁桌面即可解锁这些机密。</translation>
    </message>
    <message>
        <source>Move your secrets to an encrypted file</source>
        <translation>将机密迁移到加密文件</translation>
    </message>
    <message>
        <source>Move your secrets to the keychain</source>
        <translation>将机密迁移到钥匙串</translation>
    </message>
</context>
<context>
    <name>NamingDialog</name>
    <message>
        <source>Name for this program</source>
        <translation>此程序的名称</translation>
    </message>
    <message>
        <source>Call it</source>
        <translation>命名为</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Keyfob has a question</source>
        <translation>Keyfob 有一项询问</translation>
    </message>
    <message>
        <source>Keyfob needs you</source>
        <translation>Keyfob 需要您处理</translation>
    </message>
    <message>
        <source>{first}, and {count} more</source>
        <translation>{first}，另有 {count} 项</translation>
    </message>
</context>
<context>
    <name>OwnApp</name>
    <message>
        <source>Make the app here:</source>
        <translation>在此创建应用：</translation>
    </message>
    <message>
        <source>Redirect address</source>
        <translation>重定向地址</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy the redirect address</source>
        <translation>复制重定向地址</translation>
    </message>
    <message>
        <source>Client ID</source>
        <translation>客户端 ID</translation>
    </message>
    <message>
        <source>registered for you</source>
        <translation>将自动注册</translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation>客户端机密</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Private key (PEM or JWK)</source>
        <translation>私钥（PEM 或 JWK）</translation>
    </message>
    <message>
        <source>It has a private key instead</source>
        <translation>它使用私钥代替</translation>
    </message>
    <message>
        <source>the provider</source>
        <translation>提供商</translation>
    </message>
    <message>
        <source>Make an OAuth app there, for a desktop or native program.</source>
        <translation>在那里创建一个 OAuth 应用，类型为桌面或原生程序。</translation>
    </message>
    <message>
        <source>Give it the redirect address below.</source>
        <translation>为其填写下方的重定向地址。</translation>
    </message>
    <message>
        <source>Copy its client ID, and its secret if it has one.</source>
        <translation>复制其客户端 ID；如有机密，也一并复制。</translation>
    </message>
    <message>
        <source>An app of your own at {provider}, which Keyfob signs in with.</source>
        <translation>您自己在 {provider} 的应用，供 Keyfob 登录时使用。</translation>
    </message>
</context>
<context>
    <name>PairingDialog</name>
    <message>
        <source>A program wants to pair with Keyfob</source>
        <translation>一个程序想与 Keyfob 配对</translation>
    </message>
    <message>
        <source>Let it in</source>
        <translation>准许接入</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>It calls itself</source>
        <translation>自称</translation>
    </message>
    <message>
        <source>claimed, not checked</source>
        <translation>自行声明，未经核实</translation>
    </message>
    <message>
        <source>the program that registered</source>
        <translation>注册时的程序</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>Your answer goes to</source>
        <translation>您的答复将发送至</translation>
    </message>
    <message>
        <source>It will reach</source>
        <translation>可访问</translation>
    </message>
    <message>
        <source>all of your servers</source>
        <translation>您的所有服务器</translation>
    </message>
    <message>
        <source>Let it in only if you have just started this in that program. It gets a token that you can revoke at any time; what it may do with your servers is asked separately.</source>
        <translation>仅当您刚刚在该程序中发起此操作时，才准许其接入。它会获得一个令牌，您可以随时吊销；它能对您的服务器执行哪些操作，会另行询问。</translation>
    </message>
</context>
<context>
    <name>PassphraseDialog</name>
    <message>
        <source>Choose a passphrase</source>
        <translation>设定密码短语</translation>
    </message>
    <message>
        <source>Open your secrets?</source>
        <translation>打开您的机密？</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>以后再说</translation>
    </message>
    <message>
        <source>Nobody can bring it back: without it the secrets are lost.</source>
        <translation>无人能够找回：没有它，机密就会丢失。</translation>
    </message>
</context>
<context>
    <name>PassphraseFields</name>
    <message>
        <source>Passphrase</source>
        <translation>密码短语</translation>
    </message>
    <message>
        <source>Once more</source>
        <translation>再次输入</translation>
    </message>
    <message>
        <source>At least {count} characters; several words are best.</source>
        <translation>至少 {count} 个字符；最好由多个单词组成。</translation>
    </message>
    <message>
        <source>The two are not the same yet.</source>
        <translation>两次输入尚不一致。</translation>
    </message>
    <message>
        <source>{count} characters: it will do. Longer is better.</source>
        <translation>{count} 个字符：可以使用，更长更好。</translation>
    </message>
    <message>
        <source>{count} characters: long, and good so.</source>
        <translation>{count} 个字符：足够长，很好。</translation>
    </message>
</context>
<context>
    <name>PasteField</name>
    <message>
        <source>Address that the browser ended on</source>
        <translation>浏览器最终停留的地址</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Sign in there with the address above. In the end that browser shows a page that cannot be reached: paste its address here.</source>
        <translation>在那里使用上方的地址登录。最后，该浏览器会显示一个无法访问的页面：请将其地址粘贴到此处。</translation>
    </message>
    <message>
        <source>Browser on another machine?</source>
        <translation>浏览器在另一台设备上？</translation>
    </message>
</context>
<context>
    <name>PeerWords</name>
    <message>
        <source>known by the token you gave it</source>
        <translation>依据您给它的令牌识别</translation>
    </message>
    <message>
        <source>known by its program file</source>
        <translation>依据其程序文件识别</translation>
    </message>
    <message>
        <source>known by its program file and who signed it</source>
        <translation>依据其程序文件和签名方识别</translation>
    </message>
    <message>
        <source>known by the token it got when you let it pair</source>
        <translation>依据您准许配对时它获得的令牌识别</translation>
    </message>
    <message>
        <source>Keyfob&apos;s own window or command</source>
        <translation>Keyfob 自身的窗口或命令</translation>
    </message>
    <message>
        <source>unknown process</source>
        <translation>未知进程</translation>
    </message>
    <message>
        <source>connections over HTTP do not tell</source>
        <translation>HTTP 连接不提供此信息</translation>
    </message>
    <message>
        <source>process {pid}</source>
        <translation>进程 {pid}</translation>
    </message>
    <message>
        <source>{process}, started by {chain}</source>
        <translation>{process}，由 {chain} 启动</translation>
    </message>
    <message>
        <source>{process}; signed by {signer}</source>
        <translation>{process}；由 {signer} 签名</translation>
    </message>
</context>
<context>
    <name>PromptDialog</name>
    <message>
        <source>Keyfob asks</source>
        <translation>Keyfob 询问</translation>
    </message>
    <message>
        <source>What is asked</source>
        <translation>询问内容</translation>
    </message>
    <message>
        <source>One more question waits.</source>
        <translation>还有 1 项询问等待处理。</translation>
    </message>
    <message>
        <source>{count} more questions wait.</source>
        <translation>还有 {count} 项询问等待处理。</translation>
    </message>
    <message>
        <source>Without an answer this closes within a minute, as “not now”.</source>
        <translation>如果没有答复，此窗口将在一分钟内关闭，视为“以后再说”。</translation>
    </message>
    <message>
        <source>Without an answer this closes in {minutes} minutes, as “not now”.</source>
        <translation>如果没有答复，此窗口将在 {minutes} 分钟后关闭，视为“以后再说”。</translation>
    </message>
</context>
<context>
    <name>ProviderDialog</name>
    <message>
        <source>Add an account</source>
        <translation>添加账户</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Providers</source>
        <translation>提供商</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>For a provider without a server of yours: programs and servers that are described by a file can use it. A server&apos;s own account is connected on the server&apos;s page.</source>
        <translation>适用于您尚无其服务器的提供商：以文件描述的程序和服务器可以使用它。服务器自身的账户请在服务器页面上连接。</translation>
    </message>
</context>
<context>
    <name>QrCode</name>
    <message>
        <source>QR code of the address</source>
        <translation>地址的二维码</translation>
    </message>
</context>
<context>
    <name>Recent</name>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>{time}  {client}: {outcome}</source>
        <translation>{time}  {client}：{outcome}</translation>
    </message>
    <message>
        <source>{time}  {client} → {what}: {outcome}</source>
        <translation>{time}  {client} → {what}：{outcome}</translation>
    </message>
    <message>
        <source>answered</source>
        <translation>已响应</translation>
    </message>
    <message>
        <source>denied</source>
        <translation>未获允许</translation>
    </message>
    <message>
        <source>not answered by you</source>
        <translation>您未答复</translation>
    </message>
    <message>
        <source>waits for you</source>
        <translation>等待您答复</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
</context>
<context>
    <name>Risk</name>
    <message>
        <source>reads only</source>
        <translation>只读</translation>
    </message>
    <message>
        <source>makes changes</source>
        <translation>会进行更改</translation>
    </message>
    <message>
        <source>not described</source>
        <translation>无描述</translation>
    </message>
    <message>
        <source>high risk</source>
        <translation>高风险</translation>
    </message>
</context>
<context>
    <name>ScopeList</name>
    <message>
        <source>What the server asks for</source>
        <translation>服务器请求的权限</translation>
    </message>
    <message>
        <source>Only what I tick</source>
        <translation>仅限我勾选的权限</translation>
    </message>
</context>
<context>
    <name>ServerDetails</name>
    <message>
        <source>Address for clients</source>
        <translation>供客户端使用的地址</translation>
    </message>
    <message>
        <source>Try a tool…</source>
        <translation>试用工具…</translation>
    </message>
    <message>
        <source>Token for a client…</source>
        <translation>客户端令牌…</translation>
    </message>
    <message>
        <source>Sign in again…</source>
        <translation>重新登录…</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开连接</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message numerus="yes">
        <source>%n process(es)</source>
        <translation>
            <numerusform>%n 个进程</numerusform>
        </translation>
    </message>
    <message>
        <source>Connect…</source>
        <translation>连接…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Signed in at</source>
        <translation>登录于</translation>
    </message>
    <message>
        <source>Scopes</source>
        <translation>权限</translation>
    </message>
    <message>
        <source>Renews by</source>
        <translation>续期时间</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>过期时间</translation>
    </message>
    <message>
        <source>Variables</source>
        <translation>变量</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>正在运行</translation>
    </message>
</context>
<context>
    <name>ServerList</name>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
</context>
<context>
    <name>ServerToolRow</name>
    <message>
        <source>Review…</source>
        <translation>审阅…</translation>
    </message>
    <message>
        <source>Review {tool}</source>
        <translation>审阅 {tool}</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>Reset {tool}</source>
        <translation>还原 {tool}</translation>
    </message>
    <message>
        <source>Take this tool&apos;s own word back.</source>
        <translation>取消对此工具的单独设定。</translation>
    </message>
    <message>
        <source>New: hidden until you approve it.</source>
        <translation>新工具：在您批准前隐藏。</translation>
    </message>
    <message>
        <source>Changed: hidden until you approve the difference.</source>
        <translation>已更改：在您批准更改前隐藏。</translation>
    </message>
    <message>
        <source>You said no to its text: it stays hidden.</source>
        <translation>您否决了其描述：它保持隐藏。</translation>
    </message>
    <message>
        <source>By default, see Settings.</source>
        <translation>按默认设定，见“设置”。</translation>
    </message>
    <message>
        <source>By rule {rule}, see Clients.</source>
        <translation>按规则 {rule}，见“客户端”。</translation>
    </message>
    <message>
        <source>By [{table}] in config.toml.</source>
        <translation>按 config.toml 中的 [{table}]。</translation>
    </message>
</context>
<context>
    <name>ServerTools</name>
    <message>
        <source>Whose access</source>
        <translation>访问方</translation>
    </message>
    <message>
        <source>every client</source>
        <translation>所有客户端</translation>
    </message>
    <message>
        <source>Find a tool</source>
        <translation>查找工具</translation>
    </message>
    <message>
        <source>Ask the server for its tools</source>
        <translation>向服务器查询工具</translation>
    </message>
    <message>
        <source>Show more</source>
        <translation>显示更多</translation>
    </message>
    <message>
        <source>Asking the server for its tools…</source>
        <translation>正在向服务器查询工具…</translation>
    </message>
    <message>
        <source>Something else decides about {tool}.</source>
        <translation>{tool} 由其他设定决定。</translation>
    </message>
    <message>
        <source>No tool of this server is known yet. A client that lists them, or the button here, makes them known.</source>
        <translation>尚不知道此服务器有哪些工具。客户端列出工具或点击此处的按钮后即可得知。</translation>
    </message>
    <message>
        <source>No tool has a name like that.</source>
        <translation>没有符合此名称的工具。</translation>
    </message>
    <message numerus="yes">
        <source>%n more tool(s).</source>
        <translation>
            <numerusform>另有 %n 个工具。</numerusform>
        </translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Access of</source>
        <translation>访问方</translation>
    </message>
</context>
<context>
    <name>ServersPage</name>
    <message>
        <source>Add server…</source>
        <translation>添加服务器…</translation>
    </message>
    <message>
        <source>the server {server}</source>
        <translation>服务器 {server}</translation>
    </message>
    <message>
        <source>Disconnect {account}?</source>
        <translation>断开 {account} 的连接？</translation>
    </message>
    <message>
        <source>Its key is erased here and, where the issuer offers that, revoked there. Servers that use it need a sign-in.</source>
        <translation>其密钥将从此处抹除；如果签发方支持，还会在签发方吊销。使用它的服务器需要重新登录。</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开连接</translation>
    </message>
    <message>
        <source>The account is disconnected.</source>
        <translation>账户已断开连接。</translation>
    </message>
</context>
<context>
    <name>ServiceKinds</name>
    <message>
        <source>A client of its own (client credentials)</source>
        <translation>自有客户端（客户端凭据）</translation>
    </message>
    <message>
        <source>The issuer gives tokens to a program that it knows.</source>
        <translation>签发方向其认识的程序发放令牌。</translation>
    </message>
    <message>
        <source>Client secret</source>
        <translation>客户端机密</translation>
    </message>
    <message>
        <source>Private key (PEM or JWK), instead of a secret</source>
        <translation>私钥（PEM 或 JWK），代替机密</translation>
    </message>
    <message>
        <source>Client ID</source>
        <translation>客户端 ID</translation>
    </message>
    <message>
        <source>Audience</source>
        <translation>受众</translation>
    </message>
    <message>
        <source>the server&apos;s address</source>
        <translation>服务器的地址</translation>
    </message>
    <message>
        <source>Token address</source>
        <translation>令牌地址</translation>
    </message>
    <message>
        <source>found at the server</source>
        <translation>从服务器获取</translation>
    </message>
    <message>
        <source>Key ID</source>
        <translation>密钥 ID</translation>
    </message>
    <message>
        <source>for a private key</source>
        <translation>用于私钥</translation>
    </message>
    <message>
        <source>Google service account</source>
        <translation>Google 服务账户</translation>
    </message>
    <message>
        <source>A JSON key from Google Cloud, under IAM, Service accounts, Keys.</source>
        <translation>来自 Google Cloud 的 JSON 密钥，位于 IAM、Service accounts、Keys。</translation>
    </message>
    <message>
        <source>JSON key file</source>
        <translation>JSON 密钥文件</translation>
    </message>
    <message>
        <source>Acts for</source>
        <translation>代表</translation>
    </message>
    <message>
        <source>nobody but itself</source>
        <translation>仅代表自身</translation>
    </message>
    <message>
        <source>GitHub App</source>
        <translation>GitHub App</translation>
    </message>
    <message>
        <source>An app that is installed in an organization, with its private key.</source>
        <translation>安装在组织中的应用，及其私钥。</translation>
    </message>
    <message>
        <source>Private key (.pem)</source>
        <translation>私钥 (.pem)</translation>
    </message>
    <message>
        <source>App ID or client ID</source>
        <translation>应用 ID 或客户端 ID</translation>
    </message>
    <message>
        <source>Installation ID</source>
        <translation>安装 ID</translation>
    </message>
    <message>
        <source>Repositories</source>
        <translation>仓库</translation>
    </message>
    <message>
        <source>all of the installation</source>
        <translation>该安装中的全部仓库</translation>
    </message>
    <message>
        <source>API address</source>
        <translation>API 地址</translation>
    </message>
    <message>
        <source>Workload identity (a token in a file)</source>
        <translation>工作负载身份（文件中的令牌）</translation>
    </message>
    <message>
        <source>A platform such as Kubernetes keeps a token fresh in a file; nothing is stored.</source>
        <translation>由 Kubernetes 等平台在文件中保持令牌最新；不存储任何内容。</translation>
    </message>
    <message>
        <source>Token file</source>
        <translation>令牌文件</translation>
    </message>
    <message>
        <source>Used as</source>
        <translation>用作</translation>
    </message>
    <message>
        <source>Proof of the client</source>
        <translation>客户端证明</translation>
    </message>
    <message>
        <source>The grant itself</source>
        <translation>授权本身</translation>
    </message>
    <message>
        <source>A token to exchange</source>
        <translation>用于交换的令牌</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Your company&apos;s sign-in (enterprise-managed)</source>
        <translation>公司登录（企业管理）</translation>
    </message>
    <message>
        <source>Your company&apos;s identity provider vouches for you at the server.</source>
        <translation>由公司的身份提供商向服务器为您担保。</translation>
    </message>
    <message>
        <source>Its token</source>
        <translation>其令牌</translation>
    </message>
    <message>
        <source>A file with the token, instead</source>
        <translation>改用包含令牌的文件</translation>
    </message>
    <message>
        <source>Its token address</source>
        <translation>其令牌地址</translation>
    </message>
    <message>
        <source>Client ID there</source>
        <translation>该处的客户端 ID</translation>
    </message>
    <message>
        <source>Client ID at the server</source>
        <translation>服务器处的客户端 ID</translation>
    </message>
    <message>
        <source>The token is</source>
        <translation>令牌类型</translation>
    </message>
    <message>
        <source>A refresh token</source>
        <translation>刷新令牌</translation>
    </message>
    <message>
        <source>An ID token, good until it expires</source>
        <translation>ID 令牌，到期前有效</translation>
    </message>
    <message>
        <source>A refresh token that buys ID tokens</source>
        <translation>可换取 ID 令牌的刷新令牌</translation>
    </message>
    <message>
        <source>Client secret there</source>
        <translation>该处的客户端机密</translation>
    </message>
    <message>
        <source>Client secret at the server</source>
        <translation>服务器处的客户端机密</translation>
    </message>
    <message>
        <source>Its issuer</source>
        <translation>其签发方</translation>
    </message>
    <message>
        <source>the token address</source>
        <translation>令牌地址</translation>
    </message>
</context>
<context>
    <name>ServicePanel</name>
    <message>
        <source>Kind of service account</source>
        <translation>服务账户类型</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
</context>
<context>
    <name>SettingsForm</name>
    <message>
        <source>Start Keyfob when I log in</source>
        <translation>登录桌面时启动 Keyfob</translation>
    </message>
    <message>
        <source>In the tray, without its window.</source>
        <translation>在托盘中启动，不显示窗口。</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Locking</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Tools and questions</source>
        <translation>工具与询问</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>Audit log</source>
        <translation>审计日志</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>From Keyfob&apos;s next start on.</source>
        <translation>从 Keyfob 下次启动起生效。</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Lock together with the screen</source>
        <translation>随屏幕一同锁定</translation>
    </message>
    <message>
        <source>When you lock your screen, Keyfob drops your keys from memory and no call passes until you unlock it. Agents that work while you are away stop: turn this off if they must go on.</source>
        <translation>锁定屏幕时，Keyfob 会从内存中清除您的密钥，在您解锁之前不放行任何调用。您离开时仍在工作的智能体会停止：如果需要它们继续，请关闭此项。</translation>
    </message>
    <message>
        <source>Lock after a time without calls</source>
        <translation>一段时间没有调用后锁定</translation>
    </message>
    <message>
        <source>The time starts anew with each call that passes.</source>
        <translation>每次放行调用后重新计时。</translation>
    </message>
    <message>
        <source> minutes</source>
        <translation> 分钟</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>永不</translation>
    </message>
    <message>
        <source>A tool that no rule speaks of</source>
        <translation>规则未涉及的工具</translation>
    </message>
    <message>
        <source>Rules, and the switches on a server&apos;s page, come before this.</source>
        <translation>规则和服务器页面上的开关优先于此项。</translation>
    </message>
    <message>
        <source>Ask me</source>
        <translation>询问我</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>New and changed tools wait for my approval</source>
        <translation>新增和更改的工具须经我批准</translation>
    </message>
    <message>
        <source>A server that changes what a tool says of itself could mislead a client. Until you approve the difference, clients neither see nor call that tool.</source>
        <translation>服务器如果更改工具的自我描述，可能会误导客户端。在您批准更改之前，客户端既看不到也无法调用该工具。</translation>
    </message>
    <message>
        <source>How long a call waits for my answer</source>
        <translation>调用等待我答复的时长</translation>
    </message>
    <message>
        <source>Then it ends with a link; the question stays, and your answer serves the same call made again.</source>
        <translation>超时后，调用会以一个链接结束；询问仍会保留，您的答复适用于再次发起的相同调用。</translation>
    </message>
    <message>
        <source> seconds</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>Show clients a search in place of long tool lists</source>
        <translation>以搜索代替冗长的工具列表提供给客户端</translation>
    </message>
    <message>
        <source>Where all servers together have more tools than this.</source>
        <translation>当所有服务器的工具总数超过此值时。</translation>
    </message>
    <message>
        <source> tools</source>
        <translation> 个工具</translation>
    </message>
    <message>
        <source>A session ends after</source>
        <translation>会话在此时间后结束</translation>
    </message>
    <message>
        <source>Its client begins a new one by itself.</source>
        <translation>客户端会自行开始新的会话。</translation>
    </message>
    <message>
        <source> days</source>
        <translation> 天</translation>
    </message>
    <message>
        <source>An unused session ends after</source>
        <translation>未使用的会话在此时间后结束</translation>
    </message>
    <message>
        <source>Counted from its last request.</source>
        <translation>从最后一次请求算起。</translation>
    </message>
    <message>
        <source> hours</source>
        <translation> 小时</translation>
    </message>
    <message>
        <source>Sessions of one client</source>
        <translation>单个客户端的会话数</translation>
    </message>
    <message>
        <source>With one more, the one that was not used for longest ends.</source>
        <translation>超出时，最久未使用的会话会结束。</translation>
    </message>
    <message>
        <source>Keep the log for</source>
        <translation>日志保留时间</translation>
    </message>
    <message>
        <source>Older files are removed as a whole; what is left can be verified.</source>
        <translation>较旧的文件会整个移除；余下的仍可验证。</translation>
    </message>
    <message>
        <source>Keep at most</source>
        <translation>最多保留</translation>
    </message>
    <message>
        <source>Beyond that the oldest files are removed.</source>
        <translation>超出后，最旧的文件会被移除。</translation>
    </message>
    <message>
        <source> MiB</source>
        <translation> MiB</translation>
    </message>
    <message>
        <source>Send a copy to a syslog server</source>
        <translation>向 syslog 服务器发送副本</translation>
    </message>
    <message>
        <source>The log itself never waits for it.</source>
        <translation>日志本身不会等待它。</translation>
    </message>
    <message>
        <source>local, or udp://HOST:PORT</source>
        <translation>local 或 udp://HOST:PORT</translation>
    </message>
    <message>
        <source>Port for clients</source>
        <translation>供客户端使用的端口</translation>
    </message>
    <message>
        <source>On this computer only; from Keyfob&apos;s next start on. 0 takes a free one.</source>
        <translation>仅限这台电脑；从 Keyfob 下次启动起生效。0 表示使用空闲端口。</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理</translation>
    </message>
    <message>
        <source>system, none, or a proxy&apos;s address without a password.</source>
        <translation>system、none，或不含密码的代理地址。</translation>
    </message>
    <message>
        <source>Wait for slow servers when tools are listed</source>
        <translation>列出工具时等待慢速服务器的时间</translation>
    </message>
    <message>
        <source>A client that lists all servers gets the others meanwhile.</source>
        <translation>客户端列出所有服务器时，会先得到其他服务器的结果。</translation>
    </message>
    <message>
        <source>Largest request</source>
        <translation>最大请求</translation>
    </message>
    <message>
        <source>A larger one is refused before it is read.</source>
        <translation>更大的请求会在读取前被拒绝。</translation>
    </message>
    <message>
        <source>Your client ID metadata document</source>
        <translation>您的客户端 ID 元数据文档</translation>
    </message>
    <message>
        <source>Only if you publish one: servers that take it need no registration.</source>
        <translation>仅当您发布了此文档时填写：接受它的服务器无需注册。</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Unlock…</source>
        <translation>解锁…</translation>
    </message>
    <message>
        <source>Move my secrets…</source>
        <translation>迁移机密…</translation>
    </message>
    <message>
        <source>Change it</source>
        <translation>更改</translation>
    </message>
    <message>
        <source>Every client may then call every tool that no rule speaks of, and you are not asked.</source>
        <translation>此后，所有客户端都可以调用规则未涉及的任何工具，且不会询问您。</translation>
    </message>
    <message>
        <source>A server may then change what its tools say and do, and your clients follow it without your knowing.</source>
        <translation>此后，服务器可以更改其工具的描述和行为，您的客户端会在您不知情的情况下照做。</translation>
    </message>
    <message>
        <source>One file, encrypted with your passphrase.</source>
        <translation>一个用您的密码短语加密的文件。</translation>
    </message>
    <message>
        <source>The keychain of this desktop, unlocked with it.</source>
        <translation>此桌面的钥匙串，随桌面一同解锁。</translation>
    </message>
    <message>
        <source>Where your secrets are</source>
        <translation>机密的存放位置</translation>
    </message>
    <message>
        <source>All of this stands in config.toml, which you may edit by hand.</source>
        <translation>以上内容均存放在 config.toml 中，您可以手动编辑。</translation>
    </message>
</context>
<context>
    <name>SignInDialog</name>
    <message>
        <source>Let {account} do more at {server}?</source>
        <translation>允许 {account} 在 {server} 执行更多操作？</translation>
    </message>
    <message>
        <source>Sign in to {server}?</source>
        <translation>登录到 {server}？</translation>
    </message>
    <message>
        <source>Sign in for more…</source>
        <translation>登录以获取更多权限…</translation>
    </message>
    <message>
        <source>Sign in…</source>
        <translation>登录…</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>以后再说</translation>
    </message>
    <message>
        <source>Wanted by</source>
        <translation>请求者</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>What the account may do</source>
        <translation>账户可执行的操作</translation>
    </message>
    <message>
        <source>Asked for on top</source>
        <translation>额外请求</translation>
    </message>
    <message>
        <source>It has these already</source>
        <translation>已拥有</translation>
    </message>
</context>
<context>
    <name>SignInPanel</name>
    <message>
        <source>What it may do</source>
        <translation>可执行的操作</translation>
    </message>
    <message>
        <source>Further scopes</source>
        <translation>其他权限</translation>
    </message>
    <message>
        <source>what the server asks for</source>
        <translation>服务器请求的权限</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Keyfob shows a code, which you enter in any browser, here or on your phone.</source>
        <translation>Keyfob 会显示一个代码，您可以在这台电脑或手机上的任意浏览器中输入。</translation>
    </message>
    <message>
        <source>Your browser opens the server&apos;s own sign-in page.</source>
        <translation>浏览器会打开服务器自己的登录页面。</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>必填</translation>
    </message>
</context>
<context>
    <name>Standing</name>
    <message>
        <source>Keyfob is paused: no call passes.</source>
        <translation>Keyfob 已暂停：不放行任何调用。</translation>
    </message>
    <message>
        <source>You have locked Keyfob.</source>
        <translation>您已锁定 Keyfob。</translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen.</source>
        <translation>Keyfob 已随屏幕一同锁定。</translation>
    </message>
    <message>
        <source>Keyfob was locked after a time without calls.</source>
        <translation>Keyfob 在一段时间没有调用后已锁定。</translation>
    </message>
    <message>
        <source>Keyfob is locked</source>
        <translation>Keyfob 已锁定</translation>
    </message>
    <message>
        <source>Keyfob is paused</source>
        <translation>Keyfob 已暂停</translation>
    </message>
    <message>
        <source>Keyfob: all is well</source>
        <translation>Keyfob：一切正常</translation>
    </message>
    <message>
        <source>Keyfob: renewing a sign-in</source>
        <translation>Keyfob：正在续期登录</translation>
    </message>
    <message>
        <source>Keyfob needs you</source>
        <translation>Keyfob 需要您处理</translation>
    </message>
    <message>
        <source>Keyfob cannot reach its keys</source>
        <translation>Keyfob 无法访问其密钥</translation>
    </message>
    <message>
        <source>config.toml was edited and waits for you</source>
        <translation>config.toml 已被编辑，等待您确认</translation>
    </message>
    <message>
        <source>{client} asks to use {server}</source>
        <translation>{client} 请求使用 {server}</translation>
    </message>
    <message>
        <source>{server} asks for more rights</source>
        <translation>{server} 请求更多权限</translation>
    </message>
    <message>
        <source>{server} waits for a sign-in</source>
        <translation>{server} 等待登录</translation>
    </message>
    <message>
        <source>A new program asks to use Keyfob</source>
        <translation>一个新程序请求使用 Keyfob</translation>
    </message>
    <message>
        <source>A program asks to pair with Keyfob</source>
        <translation>一个程序请求与 Keyfob 配对</translation>
    </message>
    <message>
        <source>A command asks to allow more</source>
        <translation>一条命令请求放宽限制</translation>
    </message>
    <message>
        <source>{server} has tools that you have not seen yet</source>
        <translation>{server} 有您尚未看过的工具</translation>
    </message>
    <message>
        <source>{server} has changed its tools</source>
        <translation>{server} 已更改其工具</translation>
    </message>
    <message>
        <source>Your secrets wait for their passphrase</source>
        <translation>您的机密等待输入密码短语</translation>
    </message>
    <message>
        <source>A call waits for Keyfob to be unlocked</source>
        <translation>有调用等待 Keyfob 解锁</translation>
    </message>
    <message>
        <source>Your keys are in {store}.</source>
        <translation>您的密钥存放在 {store}。</translation>
    </message>
    <message>
        <source>{store} is locked.</source>
        <translation>{store} 已锁定。</translation>
    </message>
    <message>
        <source>This desktop has no keychain that Keyfob can use.</source>
        <translation>此桌面没有 Keyfob 可用的钥匙串。</translation>
    </message>
    <message>
        <source>{store} does not answer.</source>
        <translation>{store} 没有响应。</translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.</source>
        <translation>存放机密的文件是旧版本。</translation>
    </message>
    <message>
        <source>The file with your secrets is gone.</source>
        <translation>存放机密的文件已不存在。</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>解锁…</translation>
    </message>
    <message>
        <source>Use the older one…</source>
        <translation>使用旧版本…</translation>
    </message>
    <message>
        <source>Begin a new one…</source>
        <translation>新建文件…</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>Renewing the sign-in</source>
        <translation>正在续期登录</translation>
    </message>
    <message>
        <source>Sign-in has ended</source>
        <translation>登录已失效</translation>
    </message>
    <message>
        <source>Not working</source>
        <translation>无法正常工作</translation>
    </message>
    <message>
        <source>Not connected</source>
        <translation>未连接</translation>
    </message>
    <message>
        <source>Needs no account</source>
        <translation>无需账户</translation>
    </message>
    <message>
        <source>browser sign-in</source>
        <translation>浏览器登录</translation>
    </message>
    <message>
        <source>sign-in with a code</source>
        <translation>代码登录</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>service account</source>
        <translation>服务账户</translation>
    </message>
    <message>
        <source>just this once</source>
        <translation>仅此一次</translation>
    </message>
    <message>
        <source>for this session</source>
        <translation>本次会话期间</translation>
    </message>
    <message>
        <source>until Keyfob is locked</source>
        <translation>直到 Keyfob 锁定</translation>
    </message>
    <message>
        <source>for one hour</source>
        <translation>一小时</translation>
    </message>
    <message>
        <source>for eight hours</source>
        <translation>八小时</translation>
    </message>
    <message>
        <source>always, until changed</source>
        <translation>始终，直到更改</translation>
    </message>
    <message>
        <source>The account {account} needs a sign-in</source>
        <translation>账户 {account} 需要登录</translation>
    </message>
    <message>
        <source>The account {account} is not working</source>
        <translation>账户 {account} 无法正常工作</translation>
    </message>
    <message>
        <source>The key of {account} has expired</source>
        <translation>{account} 的密钥已过期</translation>
    </message>
    <message>
        <source>The key of {account} expires within a day</source>
        <translation>{account} 的密钥将在一天内过期</translation>
    </message>
    <message>
        <source>The key of {account} expires in {days} days</source>
        <translation>{account} 的密钥将在 {days} 天后过期</translation>
    </message>
    <message>
        <source>Sign in to {server} again</source>
        <translation>请重新登录到 {server}</translation>
    </message>
    <message>
        <source>{server} is not working</source>
        <translation>{server} 无法正常工作</translation>
    </message>
</context>
<context>
    <name>Story</name>
    <message>
        <source>{tool} of {server}</source>
        <translation>{server} 的 {tool}</translation>
    </message>
    <message>
        <source>You were asked.</source>
        <translation>已询问您。</translation>
    </message>
    <message>
        <source>{decision}.</source>
        <translation>{decision}。</translation>
    </message>
    <message>
        <source>{decision}, {lasts}.</source>
        <translation>{decision}，{lasts}。</translation>
    </message>
    <message>
        <source>Sent to {server}.</source>
        <translation>已发送到 {server}。</translation>
    </message>
    <message>
        <source>Sent to {server} as {account}.</source>
        <translation>已以 {account} 的身份发送到 {server}。</translation>
    </message>
    <message>
        <source>{event}.</source>
        <translation>{event}。</translation>
    </message>
    <message>
        <source>{event}: {outcome}.</source>
        <translation>{event}：{outcome}。</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Known by</source>
        <translation>识别依据</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Decided by</source>
        <translation>决定者</translation>
    </message>
    <message>
        <source>Came by</source>
        <translation>接入方式</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>HTTP status</source>
        <translation>HTTP 状态</translation>
    </message>
    <message>
        <source>Size of the answer</source>
        <translation>响应大小</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Rule</source>
        <translation>规则</translation>
    </message>
    <message>
        <source>Times</source>
        <translation>次数</translation>
    </message>
    <message>
        <source>Digest</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>The server answered ({status}).</source>
        <translation>服务器已响应（{status}）。</translation>
    </message>
    <message>
        <source>The server answered.</source>
        <translation>服务器已响应。</translation>
    </message>
    <message>
        <source>The client did not wait for the answer.</source>
        <translation>客户端没有等待响应。</translation>
    </message>
    <message>
        <source>It failed: {reason}</source>
        <translation>失败：{reason}</translation>
    </message>
    <message>
        <source>The server answered with an error ({status}).</source>
        <translation>服务器返回了错误（{status}）。</translation>
    </message>
    <message>
        <source>It failed.</source>
        <translation>失败。</translation>
    </message>
    <message>
        <source>The call ended while the question stayed open: {reason}</source>
        <translation>调用已结束，询问仍未答复：{reason}</translation>
    </message>
    <message>
        <source>Refused: {reason}</source>
        <translation>已拒绝：{reason}</translation>
    </message>
    <message>
        <source>just this once</source>
        <translation>仅此一次</translation>
    </message>
    <message>
        <source>for this session</source>
        <translation>本次会话期间有效</translation>
    </message>
    <message>
        <source>until Keyfob is locked</source>
        <translation>在 Keyfob 锁定前有效</translation>
    </message>
    <message>
        <source>for some hours</source>
        <translation>几小时内有效</translation>
    </message>
    <message>
        <source>always</source>
        <translation>始终有效</translation>
    </message>
</context>
<context>
    <name>TokenDialog</name>
    <message>
        <source>Token for a client</source>
        <translation>客户端令牌</translation>
    </message>
    <message>
        <source>Client&apos;s name</source>
        <translation>客户端名称</translation>
    </message>
    <message>
        <source>It cannot send a header: put the token into the address</source>
        <translation>它无法发送标头：将令牌放入地址</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>令牌</translation>
    </message>
    <message>
        <source>Token, sent as “Authorization: Bearer …”</source>
        <translation>令牌，以“Authorization: Bearer …”发送</translation>
    </message>
    <message>
        <source>Make token</source>
        <translation>创建令牌</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>With a token a program uses Keyfob under the name you give it here. Each program gets its own, so that you can revoke one alone.</source>
        <translation>程序凭令牌以您在此指定的名称使用 Keyfob。每个程序都有自己的令牌，因此您可以单独吊销其中一个。</translation>
    </message>
    <message>
        <source>Copy it now: it is shown this once and cannot be read again.</source>
        <translation>请立即复制：它只显示这一次，之后无法再查看。</translation>
    </message>
</context>
<context>
    <name>ToolChangeDialog</name>
    <message>
        <source>{server} has changed its tools. Approve them as they are now?</source>
        <translation>{server} 已更改其工具。批准它们的现状？</translation>
    </message>
    <message>
        <source>Approve</source>
        <translation>批准</translation>
    </message>
    <message>
        <source>Refuse</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Until you answer, your programs neither see nor call them.</source>
        <translation>在您答复之前，您的程序既看不到也无法调用这些工具。</translation>
    </message>
    <message>
        <source>Approved</source>
        <translation>已批准</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
</context>
<context>
    <name>ToolDialog</name>
    <message>
        <source>Try a tool</source>
        <translation>试用工具</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>What the tool says of itself</source>
        <translation>工具的自我描述</translation>
    </message>
    <message>
        <source>Arguments</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Call</source>
        <translation>调用</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>响应</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Asking the server for its tools…</source>
        <translation>正在向服务器查询工具…</translation>
    </message>
    <message>
        <source>This server offers no tools.</source>
        <translation>此服务器不提供工具。</translation>
    </message>
    <message>
        <source>Not JSON yet: line {line}, column {column}.</source>
        <translation>还不是有效的 JSON：第 {line} 行，第 {column} 列。</translation>
    </message>
    <message>
        <source>Arguments are one JSON object, like {}.</source>
        <translation>参数为一个 JSON 对象，例如 {}。</translation>
    </message>
    <message>
        <source>Calling…</source>
        <translation>正在调用…</translation>
    </message>
    <message>
        <source>The server saw you as {identity}.</source>
        <translation>服务器将您识别为 {identity}。</translation>
    </message>
    <message>
        <source>The server answered.</source>
        <translation>服务器已响应。</translation>
    </message>
    <message>
        <source>The tool reports an error. {words}</source>
        <translation>工具报告了错误。{words}</translation>
    </message>
    <message>
        <source>Try a tool of {server}</source>
        <translation>试用 {server} 的工具</translation>
    </message>
    <message>
        <source>A real call through the relay, as any client would make it.</source>
        <translation>通过中继进行的真实调用，与任何客户端的调用相同。</translation>
    </message>
</context>
<context>
    <name>ToolListDialog</name>
    <message>
        <source>Let programs use the {count} tools of {server}?</source>
        <translation>允许程序使用 {server} 的 {count} 个工具？</translation>
    </message>
    <message>
        <source>Approve all</source>
        <translation>全部批准</translation>
    </message>
    <message>
        <source>Refuse all</source>
        <translation>全部拒绝</translation>
    </message>
    <message>
        <source>Approved tools are shown to your programs; whether one may call a tool is still asked. A tool that changes later is hidden until you approve the change.</source>
        <translation>已批准的工具会显示给您的程序；程序能否调用某个工具仍会询问。之后更改的工具会隐藏，直到您批准更改。</translation>
    </message>
    <message>
        <source>It says nothing of itself.</source>
        <translation>它没有自我描述。</translation>
    </message>
</context>
<context>
    <name>ToolPrompts</name>
    <message>
        <source>says that it only reads</source>
        <translation>自称只读</translation>
    </message>
    <message>
        <source>may destroy something</source>
        <translation>可能造成破坏</translation>
    </message>
    <message>
        <source>reaches the outside world</source>
        <translation>会访问外部世界</translation>
    </message>
    <message>
        <source>says that a repetition changes nothing</source>
        <translation>自称重复执行不会产生变化</translation>
    </message>
    <message>
        <source>This tool was not there when you approved the others.</source>
        <translation>您批准其他工具时，此工具尚不存在。</translation>
    </message>
    <message>
        <source>This tool has changed since you approved it.</source>
        <translation>此工具在您批准后已更改。</translation>
    </message>
</context>
<context>
    <name>ToolsDialog</name>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>About the chosen tool</source>
        <translation>关于所选工具</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>另有 {count} 个</translation>
    </message>
    <message>
        <source>Some words here may be meant to steer the model, not to tell you.</source>
        <translation>此处的一些文字可能意在操纵模型，而非告知您。</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show all activity</source>
        <translation>显示所有活动</translation>
    </message>
    <message>
        <source>Recent activity</source>
        <translation>最近活动</translation>
    </message>
    <message>
        <source>Open Keyfob</source>
        <translation>打开 Keyfob</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>{name}: {state}</source>
        <translation>{name}：{state}</translation>
    </message>
    <message>
        <source>{name} ({person}): {state}</source>
        <translation>{name}（{person}）：{state}</translation>
    </message>
    <message>
        <source>{count} more…</source>
        <translation>另有 {count} 项…</translation>
    </message>
    <message>
        <source>Lock Keyfob</source>
        <translation>锁定 Keyfob</translation>
    </message>
    <message>
        <source>Unlock Keyfob…</source>
        <translation>解锁 Keyfob…</translation>
    </message>
    <message>
        <source>Let calls pass again</source>
        <translation>恢复放行调用</translation>
    </message>
    <message>
        <source>Pause all calls</source>
        <translation>暂停所有调用</translation>
    </message>
</context>
<context>
    <name>UndoBanner</name>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Removed {what}.</source>
        <translation>已移除{what}。</translation>
    </message>
</context>
<context>
    <name>UnlockDialog</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Go on with the older file</source>
        <translation>继续使用旧文件</translation>
    </message>
    <message>
        <source>Better put the newer file back, if you have it. In the older one, a token that was renewed since has ended, and its account asks you to sign in again.</source>
        <translation>如果您有较新的文件，最好将其放回。旧文件中在此之后续期过的令牌已失效，相应账户会要求您重新登录。</translation>
    </message>
    <message>
        <source>Use the older one</source>
        <translation>使用旧版本</translation>
    </message>
    <message>
        <source>Begin a new file</source>
        <translation>新建文件</translation>
    </message>
    <message>
        <source>Better put the file back, if you have it. A new one is empty, and every account asks you to sign in again.</source>
        <translation>如果您有该文件，最好将其放回。新文件是空的，每个账户都会要求您重新登录。</translation>
    </message>
    <message>
        <source>Begin a new one</source>
        <translation>新建文件</translation>
    </message>
    <message>
        <source>Unlock your secrets</source>
        <translation>解锁机密</translation>
    </message>
    <message>
        <source>They stay open until Keyfob ends. The passphrase is kept nowhere.</source>
        <translation>机密会保持解锁，直到 Keyfob 结束。密码短语不会保存在任何地方。</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
</context>
<context>
    <name>UnlockPromptDialog</name>
    <message>
        <source>Unlock Keyfob?</source>
        <translation>解锁 Keyfob？</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Leave it locked</source>
        <translation>保持锁定</translation>
    </message>
    <message>
        <source>Calls pass again then, each as your rules and answers say.</source>
        <translation>此后会重新放行调用，每次调用均依照您的规则和答复处理。</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Add your first server…</source>
        <translation>添加首个服务器…</translation>
    </message>
    <message>
        <source>Keyfob holds the keys for your MCP servers</source>
        <translation>Keyfob 为您的 MCP 服务器保管密钥</translation>
    </message>
    <message>
        <source>Add a server by its name and address.</source>
        <translation>按名称和地址添加服务器。</translation>
    </message>
    <message>
        <source>Connect it: sign in with your browser, once.</source>
        <translation>连接服务器：用浏览器登录一次即可。</translation>
    </message>
    <message>
        <source>Point your MCP clients at Keyfob. They never see the key.</source>
        <translation>将您的 MCP 客户端指向 Keyfob。它们永远看不到密钥。</translation>
    </message>
</context>
<context>
    <name>WideningDialog</name>
    <message>
        <source>Allow</source>
        <translation>允许</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Asked for by a command on this computer.</source>
        <translation>由这台电脑上的一条命令请求。</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Where Keyfob listens</source>
        <translation>Keyfob 的监听地址</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>活动</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>诊断</translation>
    </message>
    <message>
        <source>Your desktop shows no tray, so this window is all there is of Keyfob.</source>
        <translation>您的桌面不显示托盘，因此 Keyfob 只有此窗口可用。</translation>
    </message>
    <message>
        <source>Closing it asks whether to quit; starting Keyfob again brings it back.</source>
        <translation>关闭窗口时会询问是否退出；再次启动 Keyfob 可重新打开窗口。</translation>
    </message>
    <message>
        <source>Quit Keyfob?</source>
        <translation>退出 Keyfob？</translation>
    </message>
    <message>
        <source>Your desktop has no tray to go to. While Keyfob is not running, your MCP clients cannot use it; minimise the window instead to keep it at work.</source>
        <translation>您的桌面没有可供收起的托盘。Keyfob 未运行时，您的 MCP 客户端无法使用它；如需让它继续工作，请改为最小化窗口。</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Listens at</source>
        <translation>监听地址</translation>
    </message>
    <message>
        <source>Not listening</source>
        <translation>未监听</translation>
    </message>
    <message>
        <source>Clients cannot reach Keyfob now.</source>
        <translation>客户端目前无法访问 Keyfob。</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>解锁…</translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation>放行调用</translation>
    </message>
    <message>
        <source>Your keys are out of memory, and no client gets anything until you unlock.</source>
        <translation>您的密钥已从内存中清除，在您解锁之前，任何客户端都无法获取任何内容。</translation>
    </message>
    <message>
        <source>Clients are told so. Sign-ins are renewed all the same.</source>
        <translation>客户端会收到通知。登录仍会照常续期。</translation>
    </message>
    <message>
        <source>config.toml was edited by hand. What allows more waits for your yes.</source>
        <translation>config.toml 已被手动编辑。其中放宽限制的部分等待您同意。</translation>
    </message>
    <message>
        <source>A question waits for your answer.</source>
        <translation>有 1 项询问等待您答复。</translation>
    </message>
    <message>
        <source>{count} questions wait for your answer.</source>
        <translation>有 {count} 项询问等待您答复。</translation>
    </message>
    <message>
        <source>Make a new one, then replace it here.</source>
        <translation>请创建新密钥，然后在此替换。</translation>
    </message>
    <message>
        <source>{reminder}.</source>
        <translation>{reminder}。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>查看…</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>另有 {count} 项</translation>
    </message>
</context>
</TS>
