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
        <source>This server answers without an account: clients can use it as it is. Connect one only where it gives more to those who sign in.</source>
        <translation>此服务器无需账户即可应答：客户端可以直接使用。只有在登录后能得到更多功能时，才需要连接账户。</translation>
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
    <name>Core</name>
    <message>
        <source>&quot;a number of {0} bits&quot;</source>
        <translation>“{0} 位的数字”</translation>
    </message>
    <message>
        <source>(a new file)</source>
        <translation>（新文件）</translation>
    </message>
    <message>
        <source>(any port)</source>
        <translation>（任意端口）</translation>
    </message>
    <message>
        <source>(it leads to {0})</source>
        <translation>（它指向 {0}）</translation>
    </message>
    <message>
        <source>(no file)</source>
        <translation>（无文件）</translation>
    </message>
    <message>
        <source>A batch of more than {0} messages.</source>
        <translation>批次超过 {0} 条消息。</translation>
    </message>
    <message>
        <source>A command asks for it.</source>
        <translation>有命令请求此操作。</translation>
    </message>
    <message>
        <source>A crash has left {0} half-written file.</source>
        <translation>一次崩溃留下了 {0} 个未写完的文件。</translation>
    </message>
    <message>
        <source>A crash has left {0} half-written files.</source>
        <translation>一次崩溃留下了 {0} 个未写完的文件。</translation>
    </message>
    <message>
        <source>A document without operations has no tools.</source>
        <translation>没有操作的文档就没有工具。</translation>
    </message>
    <message>
        <source>A group belongs to a server: name it too.</source>
        <translation>组属于某个服务器：请同时指定该服务器。</translation>
    </message>
    <message>
        <source>A header for {0} has characters that HTTP cannot carry.</source>
        <translation>发往 {0} 的标头含有 HTTP 无法传输的字符。</translation>
    </message>
    <message>
        <source>A header for {0} is no UTF-8, which this way cannot carry.</source>
        <translation>发往 {0} 的标头不是 UTF-8，此方式无法传输。</translation>
    </message>
    <message>
        <source>A key reaches all your workspaces and cannot be narrowed.</source>
        <translation>一个密钥可访问您的所有工作区，且无法缩小范围。</translation>
    </message>
    <message>
        <source>A line is longer than {0} MiB.</source>
        <translation>有一行超过 {0} MiB。</translation>
    </message>
    <message>
        <source>A message must be an object.</source>
        <translation>消息必须是对象。</translation>
    </message>
    <message>
        <source>A preview.</source>
        <translation>预览版。</translation>
    </message>
    <message>
        <source>A preview. Google calls these scopes restricted: a new app serves test users alone until it is verified.</source>
        <translation>预览版。Google 将这些权限称为“受限”：新应用在通过验证之前只供测试用户使用。</translation>
    </message>
    <message>
        <source>A preview. Google calls these scopes sensitive: a new app serves test users alone until it is verified.</source>
        <translation>预览版。Google 将这些权限称为“敏感”：新应用在通过验证之前只供测试用户使用。</translation>
    </message>
    <message>
        <source>A program that nobody has named yet wants to use Keyfob.</source>
        <translation>一个尚未命名的程序想使用 Keyfob。</translation>
    </message>
    <message>
        <source>A request with this id is under way.</source>
        <translation>具有此 ID 的请求正在进行中。</translation>
    </message>
    <message>
        <source>A request with this id or progress token is under way already.</source>
        <translation>具有此 ID 或进度令牌的请求已在进行中。</translation>
    </message>
    <message>
        <source>A server on the internet has no business there, so nothing was sent.</source>
        <translation>互联网上的服务器不应指向那里，因此未发送任何内容。</translation>
    </message>
    <message>
        <source>A service account for both keeps them apart from your own sign-in.</source>
        <translation>为两者使用服务账户，可与您自己的登录分开。</translation>
    </message>
    <message>
        <source>A token of pairing is good under /pair only.</source>
        <translation>配对令牌仅在 /pair 下有效。</translation>
    </message>
    <message>
        <source>A web page of another origin asked.</source>
        <translation>来自其他来源的网页发出了请求。</translation>
    </message>
    <message>
        <source>A web page of another site asked.</source>
        <translation>来自其他网站的网页发出了请求。</translation>
    </message>
    <message>
        <source>A {0} has no body.</source>
        <translation>{0} 没有正文。</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>API key and application key</source>
        <translation>API 密钥和应用程序密钥</translation>
    </message>
    <message>
        <source>API token</source>
        <translation>API 令牌</translation>
    </message>
    <message>
        <source>API tokens work only where an administrator has allowed them.</source>
        <translation>API 令牌仅在管理员允许的地方有效。</translation>
    </message>
    <message>
        <source>Accept an edit of config.toml</source>
        <translation>接受对 config.toml 的编辑</translation>
    </message>
    <message>
        <source>Access token</source>
        <translation>访问令牌</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Add /readonly to the address for tools that only read, or /x/TOOLSET for some of them.</source>
        <translation>在地址后加 /readonly 可只用读取类工具，或加 /x/TOOLSET 使用其中一部分。</translation>
    </message>
    <message>
        <source>Add ?project_ref=PROJECT&amp;read_only=true to the address: one project, and nothing changes.</source>
        <translation>在地址后加 ?project_ref=PROJECT&amp;read_only=true：仅限一个项目，且不做任何更改。</translation>
    </message>
    <message>
        <source>Add [accounts.{0}] or `keyfob connect`.</source>
        <translation>请添加 [accounts.{0}]，或使用 `keyfob connect`。</translation>
    </message>
    <message>
        <source>Add [servers.{0}.groups.{1}] to config.toml.</source>
        <translation>请在 config.toml 中添加 [servers.{0}.groups.{1}]。</translation>
    </message>
    <message>
        <source>Add a rule</source>
        <translation>添加规则</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>Add an API</source>
        <translation>添加 API</translation>
    </message>
    <message>
        <source>Add it again.</source>
        <translation>请重新添加。</translation>
    </message>
    <message>
        <source>Add it with `keyfob server add NAME URL`.</source>
        <translation>请用 `keyfob server add NAME URL` 添加。</translation>
    </message>
    <message>
        <source>Add the API {0}? Its calls, and your key with them, go to {1}.</source>
        <translation>添加 API {0}？其调用以及您的密钥将发送到 {1}。</translation>
    </message>
    <message>
        <source>Add the server anew with the address it has now.</source>
        <translation>请用服务器现在的地址重新添加它。</translation>
    </message>
    <message>
        <source>Add the server {0} and let Keyfob run its program?</source>
        <translation>添加服务器 {0} 并允许 Keyfob 运行其程序？</translation>
    </message>
    <message>
        <source>Add the server {0} at {1}?</source>
        <translation>添加位于 {1} 的服务器 {0}？</translation>
    </message>
    <message>
        <source>Add yours with `keyfob server add NAME URL`, then connect that server.</source>
        <translation>请用 `keyfob server add NAME URL` 添加您的地址，然后连接该服务器。</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>All in Azure DevOps that the app was given and you may do</source>
        <translation>Azure DevOps 中应用已获授权且您有权执行的一切</translation>
    </message>
    <message>
        <source>All in Power BI that the app was given and you may do</source>
        <translation>Power BI 中应用已获授权且您有权执行的一切</translation>
    </message>
    <message>
        <source>All that your roles in Google Cloud allow</source>
        <translation>您在 Google Cloud 中的角色允许的一切</translation>
    </message>
    <message>
        <source>Allow public client flows for the device code.</source>
        <translation>为设备代码允许“public client flows”。</translation>
    </message>
    <message>
        <source>An API has no call that is safe to try a key with.</source>
        <translation>API 没有可安全测试密钥的调用。</translation>
    </message>
    <message>
        <source>An administrator has to allow MCP for the organization first.</source>
        <translation>需先由管理员为组织允许 MCP。</translation>
    </message>
    <message>
        <source>An empty batch.</source>
        <translation>批次为空。</translation>
    </message>
    <message>
        <source>An import tries each server through Keyfob, which does not run.</source>
        <translation>导入会通过 Keyfob 测试每个服务器，但 Keyfob 未在运行。</translation>
    </message>
    <message>
        <source>And</source>
        <translation>以及</translation>
    </message>
    <message>
        <source>Another Keyfob (process unknown) holds this installation.</source>
        <translation>另一个 Keyfob（进程未知）正占用此安装。</translation>
    </message>
    <message>
        <source>Another Keyfob (process {0}) holds this installation.</source>
        <translation>另一个 Keyfob（进程 {0}）正占用此安装。</translation>
    </message>
    <message>
        <source>Another client is asked about.</source>
        <translation>正在询问另一个客户端。</translation>
    </message>
    <message>
        <source>Another process renews the account {0} and does not end.</source>
        <translation>另一个进程正在续期账户 {0} 且没有结束。</translation>
    </message>
    <message>
        <source>Another program has taken the name: end it, or have clients use the port.</source>
        <translation>另一个程序占用了该名称：请结束它，或让客户端使用端口。</translation>
    </message>
    <message>
        <source>Another program holds port {0}, so no client reaches Keyfob by HTTP.</source>
        <translation>另一个程序占用了端口 {0}，因此没有客户端能通过 HTTP 访问 Keyfob。</translation>
    </message>
    <message>
        <source>Another program holds port {0}, where clients expect Keyfob.</source>
        <translation>另一个程序占用了端口 {0}，而客户端预期 Keyfob 在此端口。</translation>
    </message>
    <message>
        <source>Another program keeps {0} locked.</source>
        <translation>另一个程序一直锁定 {0}。</translation>
    </message>
    <message>
        <source>Answer in Keyfob, then try again.</source>
        <translation>请在 Keyfob 中答复，然后重试。</translation>
    </message>
    <message>
        <source>Answer the keychain&apos;s prompt if one is open; otherwise log out and in.</source>
        <translation>如果钥匙串的提示已打开，请答复；否则请注销后重新登录。</translation>
    </message>
    <message>
        <source>Answer the keyring&apos;s prompt if one is open; otherwise restart gnome-keyring-daemon, or log out and in.</source>
        <translation>如果密钥环的提示已打开，请答复；否则请重启 gnome-keyring-daemon，或注销后重新登录。</translation>
    </message>
    <message>
        <source>Answers without an account, too; a token adds your own models, data sets and Spaces.</source>
        <translation>没有账户也会响应；使用令牌可加入您自己的模型、数据集和 Spaces。</translation>
    </message>
    <message>
        <source>Application key</source>
        <translation>应用程序密钥</translation>
    </message>
    <message>
        <source>Approve tools</source>
        <translation>批准工具</translation>
    </message>
    <message>
        <source>Ask for offline_access too: without it there is nothing to refresh with.</source>
        <translation>请同时请求 offline_access：没有它就无法续期。</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people for an address of MCP&apos;s streamable HTTP.</source>
        <translation>请向服务器的管理方索取 MCP streamable HTTP 地址。</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people for the rights, or connect another account.</source>
        <translation>请向服务器的管理方申请权限，或连接其他账户。</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people, or switch pinning off for it and deny no single tool.</source>
        <translation>请联系服务器的管理方，或为其关闭工具固定，并且不要单独拒绝任何工具。</translation>
    </message>
    <message>
        <source>Ask the server&apos;s people, or switch pinning off for it.</source>
        <translation>请联系服务器的管理方，或为其关闭工具固定。</translation>
    </message>
    <message>
        <source>Ask whoever runs it, or name the server in NO_PROXY.</source>
        <translation>请联系其管理方，或在 NO_PROXY 中列出该服务器。</translation>
    </message>
    <message>
        <source>Ask whoever runs that server.</source>
        <translation>请联系该服务器的管理方。</translation>
    </message>
    <message>
        <source>Asking {0} for a token.</source>
        <translation>正在向 {0} 请求令牌。</translation>
    </message>
    <message>
        <source>Begin it with `keyfob connect`, then paste while it waits.</source>
        <translation>请用 `keyfob connect` 开始，然后在等待时粘贴。</translation>
    </message>
    <message>
        <source>Begin it with ~, @config or ${{NAME:-~/folder}}.</source>
        <translation>请以 ~、@config 或 ${{NAME:-~/文件夹}} 开头。</translation>
    </message>
    <message>
        <source>Box has no dynamic registration.</source>
        <translation>Box 不支持动态注册。</translation>
    </message>
    <message>
        <source>Bring back {0}?</source>
        <translation>恢复{0}？</translation>
    </message>
    <message>
        <source>Bundle the document into one file first.</source>
        <translation>请先将文档合并为一个文件。</translation>
    </message>
    <message>
        <source>Call again and answer the question in Keyfob.</source>
        <translation>请再次调用，并在 Keyfob 中答复询问。</translation>
    </message>
    <message>
        <source>Call again.</source>
        <translation>请再次调用。</translation>
    </message>
    <message>
        <source>Calls and messages cost money.</source>
        <translation>通话和消息会产生费用。</translation>
    </message>
    <message>
        <source>Calls go to</source>
        <translation>调用发送到</translation>
    </message>
    <message>
        <source>Calls itself</source>
        <translation>自称</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>更改</translation>
    </message>
    <message>
        <source>Change GitHub Actions workflows, which run code with your secrets</source>
        <translation>更改 GitHub Actions 工作流，它们会用您的机密运行代码</translation>
    </message>
    <message>
        <source>Change Keyfob&apos;s settings so that they allow more?</source>
        <translation>更改 Keyfob 的设置以允许更多操作？</translation>
    </message>
    <message>
        <source>Change a tool&apos;s access</source>
        <translation>更改工具的访问权限</translation>
    </message>
    <message>
        <source>Change and delete your contacts</source>
        <translation>更改和删除您的联系人</translation>
    </message>
    <message>
        <source>Change it in Keyfob, or with `keyfob rule`.</source>
        <translation>请在 Keyfob 中或用 `keyfob rule` 更改。</translation>
    </message>
    <message>
        <source>Change memberships in your organizations</source>
        <translation>更改您组织中的成员资格</translation>
    </message>
    <message>
        <source>Change one.</source>
        <translation>请更改其中一个。</translation>
    </message>
    <message>
        <source>Change projects</source>
        <translation>更改项目</translation>
    </message>
    <message>
        <source>Change settings</source>
        <translation>更改设置</translation>
    </message>
    <message>
        <source>Change teams</source>
        <translation>更改团队</translation>
    </message>
    <message>
        <source>Change the access to {0} of {1} for {2} to: no word of its own?</source>
        <translation>将 {2} 对 {1} 的 {0} 的访问权限改为：无单独设定？</translation>
    </message>
    <message>
        <source>Change the access to {0} of {1} for {2} to: {3}?</source>
        <translation>将 {2} 对 {1} 的 {0} 的访问权限改为：{3}？</translation>
    </message>
    <message>
        <source>Change, resolve and assign issues</source>
        <translation>更改、解决和分配问题</translation>
    </message>
    <message>
        <source>Change, share and delete your calendars</source>
        <translation>更改、共享和删除您的日历</translation>
    </message>
    <message>
        <source>Changed tool</source>
        <translation>已更改的工具</translation>
    </message>
    <message>
        <source>Check that the disk has room, that the file is yours, and that no other program holds it.</source>
        <translation>请检查磁盘是否有空间、文件是否属于您，以及没有其他程序占用它。</translation>
    </message>
    <message>
        <source>Check the app&apos;s id, its key and where it is installed.</source>
        <translation>请检查应用的 ID、密钥及其安装位置。</translation>
    </message>
    <message>
        <source>Check the disk that it lies on.</source>
        <translation>请检查它所在的磁盘。</translation>
    </message>
    <message>
        <source>Check the disk, and who owns the file and its folder.</source>
        <translation>请检查磁盘，以及文件及其文件夹的所有者。</translation>
    </message>
    <message>
        <source>Check the folder&apos;s permissions and free space, or set KEYFOB_HOME to another folder.</source>
        <translation>请检查文件夹的权限和可用空间，或将 KEYFOB_HOME 设为其他文件夹。</translation>
    </message>
    <message>
        <source>Check the network, a proxy in [network], and the server&apos;s address.</source>
        <translation>请检查网络、[network] 中的代理以及服务器地址。</translation>
    </message>
    <message>
        <source>Check the network, then try again.</source>
        <translation>请检查网络，然后重试。</translation>
    </message>
    <message>
        <source>Check the server&apos;s address, or ask whoever runs it.</source>
        <translation>请检查服务器地址，或联系其管理方。</translation>
    </message>
    <message>
        <source>Check the server&apos;s address; a token for another server would be of no use here.</source>
        <translation>请检查服务器地址；其他服务器的令牌在此无用。</translation>
    </message>
    <message>
        <source>Check who may write there.</source>
        <translation>请检查谁可以在那里写入。</translation>
    </message>
    <message>
        <source>Check who owns it, or set KEYFOB_HOME to a folder of your own.</source>
        <translation>请检查它的所有者，或将 KEYFOB_HOME 设为您自己的文件夹。</translation>
    </message>
    <message>
        <source>Check who owns it.</source>
        <translation>请检查它的所有者。</translation>
    </message>
    <message>
        <source>Check whose folder it is.</source>
        <translation>请检查该文件夹的所有者。</translation>
    </message>
    <message>
        <source>Choose a file in your own folder.</source>
        <translation>请选择您自己文件夹中的文件。</translation>
    </message>
    <message>
        <source>Choose a passphrase for the file that will hold your secrets.</source>
        <translation>请为将保存您机密的文件选择密码短语。</translation>
    </message>
    <message>
        <source>Choose another with KEYFOB_PORT or [relay] port.</source>
        <translation>请用 KEYFOB_PORT 或 [relay] port 选择其他端口。</translation>
    </message>
    <message>
        <source>Choose another.</source>
        <translation>请另选一个。</translation>
    </message>
    <message>
        <source>Choose at least {0} characters; several words are better.</source>
        <translation>请选择至少 {0} 个字符；多个单词更好。</translation>
    </message>
    <message>
        <source>Choose one in Keyfob.</source>
        <translation>请在 Keyfob 中选择一个。</translation>
    </message>
    <message>
        <source>Choose or create a project, and switch on the APIs and their MCP servers.</source>
        <translation>选择或创建项目，并启用这些 API 及其 MCP 服务器。</translation>
    </message>
    <message>
        <source>Choose or create a project, and switch on the Gmail API and its MCP server.</source>
        <translation>选择或创建项目，并启用 Gmail API 及其 MCP 服务器。</translation>
    </message>
    <message>
        <source>Choose or create a project, and switch on the Google Drive API and its MCP server.</source>
        <translation>选择或创建项目，并启用 Google Drive API 及其 MCP 服务器。</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Clients cannot reach Keyfob.</source>
        <translation>客户端无法访问 Keyfob。</translation>
    </message>
    <message>
        <source>Clients neither see nor call them before: `keyfob tool pending`.</source>
        <translation>在此之前，客户端既看不到也无法调用它们：`keyfob tool pending`。</translation>
    </message>
    <message>
        <source>Clients reach Keyfob at {0} and by its socket.</source>
        <translation>客户端可通过 {0} 及其套接字访问 Keyfob。</translation>
    </message>
    <message>
        <source>Close it to others</source>
        <translation>对他人关闭</translation>
    </message>
    <message>
        <source>Close it.</source>
        <translation>请补上结尾引号。</translation>
    </message>
    <message>
        <source>Close it: chmod 600 {0}</source>
        <translation>请将其关闭：chmod 600 {0}</translation>
    </message>
    <message>
        <source>Close it: chmod 700 {0}</source>
        <translation>请将其关闭：chmod 700 {0}</translation>
    </message>
    <message>
        <source>Close other programs and try again.</source>
        <translation>请关闭其他程序后重试。</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Connect an account</source>
        <translation>连接账户</translation>
    </message>
    <message>
        <source>Connect an account of its own for this server.</source>
        <translation>请为此服务器连接单独的账户。</translation>
    </message>
    <message>
        <source>Connect an account without DPoP for it.</source>
        <translation>请为其连接不使用 DPoP 的账户。</translation>
    </message>
    <message>
        <source>Connect it again in Keyfob, or ask the server&apos;s people.</source>
        <translation>请在 Keyfob 中重新连接，或联系服务器的管理方。</translation>
    </message>
    <message>
        <source>Connect it again.</source>
        <translation>请重新连接。</translation>
    </message>
    <message>
        <source>Connect it in Keyfob by a sign-in of its own.</source>
        <translation>请在 Keyfob 中用单独的登录连接它。</translation>
    </message>
    <message>
        <source>Connect it in Keyfob, or with `keyfob connect {0}`.</source>
        <translation>请在 Keyfob 中或用 `keyfob connect {0}` 连接。</translation>
    </message>
    <message>
        <source>Connect it in Keyfob.</source>
        <translation>请在 Keyfob 中连接。</translation>
    </message>
    <message>
        <source>Connect it, or remove its table from config.toml.</source>
        <translation>请连接它，或从 config.toml 中移除其条目。</translation>
    </message>
    <message>
        <source>Connect it.</source>
        <translation>请连接它。</translation>
    </message>
    <message>
        <source>Connect it: `keyfob connect {0}`.</source>
        <translation>请连接它：`keyfob connect {0}`。</translation>
    </message>
    <message>
        <source>Connect the account again in Keyfob, or ask for more rights at the server.</source>
        <translation>请在 Keyfob 中重新连接该账户，或向服务器申请更多权限。</translation>
    </message>
    <message>
        <source>Connect the account again with a new one.</source>
        <translation>请用新的令牌重新连接该账户。</translation>
    </message>
    <message>
        <source>Connect the account again.</source>
        <translation>请重新连接该账户。</translation>
    </message>
    <message>
        <source>Connect the account again: Keyfob then registers anew.</source>
        <translation>请重新连接该账户：Keyfob 随后会重新注册。</translation>
    </message>
    <message>
        <source>Connect the account {0} and let {1} use it?</source>
        <translation>连接账户 {0} 并允许 {1} 使用它？</translation>
    </message>
    <message>
        <source>Connect to it again.</source>
        <translation>请重新连接到它。</translation>
    </message>
    <message>
        <source>Connect with --client-id ID --key-file FILE.</source>
        <translation>请用 --client-id ID --key-file FILE 连接。</translation>
    </message>
    <message>
        <source>Connect with --client-id ID --secret-stdin.</source>
        <translation>请用 --client-id ID --secret-stdin 连接。</translation>
    </message>
    <message>
        <source>Connect with --method oauth.</source>
        <translation>请用 --method oauth 连接。</translation>
    </message>
    <message>
        <source>Connect with --method service-account and --key-file, then remove the file.</source>
        <translation>用 --method service-account 和 --key-file 连接，然后移除该文件。</translation>
    </message>
    <message>
        <source>Convert it to OpenAPI 3.</source>
        <translation>请将其转换为 OpenAPI 3。</translation>
    </message>
    <message>
        <source>Copied {0} secrets.</source>
        <translation>已复制 {0} 项机密。</translation>
    </message>
    <message>
        <source>Copy it once more.</source>
        <translation>请重新复制。</translation>
    </message>
    <message>
        <source>Copy the client id and the client secret.</source>
        <translation>复制客户端 ID 和客户端机密。</translation>
    </message>
    <message>
        <source>Copy the client id.</source>
        <translation>复制客户端 ID。</translation>
    </message>
    <message>
        <source>Copy the client id; generate a client secret unless you use the device code alone.</source>
        <translation>复制客户端 ID；除非只使用设备代码，否则请生成客户端机密。</translation>
    </message>
    <message>
        <source>Copy the key once more.</source>
        <translation>请重新复制密钥。</translation>
    </message>
    <message>
        <source>Correct it.</source>
        <translation>请更正。</translation>
    </message>
    <message>
        <source>Correct the line it names.</source>
        <translation>请更正所指出的行。</translation>
    </message>
    <message>
        <source>Correct what it names; until then the last good one holds.</source>
        <translation>请更正所指出的内容；在此之前，最后一个有效版本继续生效。</translation>
    </message>
    <message>
        <source>Create a custom app with user authentication (OAuth 2.0).</source>
        <translation>创建使用用户身份验证（OAuth 2.0）的自定义应用。</translation>
    </message>
    <message>
        <source>Create a new app from scratch in your workspace.</source>
        <translation>在您的工作区从头创建一个新应用。</translation>
    </message>
    <message>
        <source>Create a restricted key and give it only the permissions you need, reading where that is enough.</source>
        <translation>创建受限密钥，只授予所需权限；只读足够时仅授予读取。</translation>
    </message>
    <message>
        <source>Create a server on Zapier&apos;s page, choose its tools, and copy its key under Connect.</source>
        <translation>在 Zapier 页面创建服务器，选择其工具，并在 Connect 下复制其密钥。</translation>
    </message>
    <message>
        <source>Create a service account and give it the roles it needs.</source>
        <translation>创建服务账户，并授予其所需的角色。</translation>
    </message>
    <message>
        <source>Create an API key and restrict it to the Maps APIs you use.</source>
        <translation>创建 API 密钥，并限制为您使用的 Maps API。</translation>
    </message>
    <message>
        <source>Create an OAuth client of the type Web application.</source>
        <translation>创建类型为 Web application 的 OAuth 客户端。</translation>
    </message>
    <message>
        <source>Create an app in the developer hub and copy its access token under Authentication.</source>
        <translation>在开发者中心创建应用，并在 Authentication 下复制其访问令牌。</translation>
    </message>
    <message>
        <source>Create and change canvases</source>
        <translation>创建和更改画布</translation>
    </message>
    <message>
        <source>Create and change gists</source>
        <translation>创建和更改 gist</translation>
    </message>
    <message>
        <source>Create and change issues, projects and comments</source>
        <translation>创建和更改问题、项目和评论</translation>
    </message>
    <message>
        <source>Create and use codespaces</source>
        <translation>创建和使用 codespace</translation>
    </message>
    <message>
        <source>Create issues</source>
        <translation>创建问题</translation>
    </message>
    <message>
        <source>Delete packages</source>
        <translation>删除软件包</translation>
    </message>
    <message>
        <source>Delete repositories</source>
        <translation>删除仓库</translation>
    </message>
    <message>
        <source>Described by</source>
        <translation>描述来自</translation>
    </message>
    <message>
        <source>Did you mean {0}?</source>
        <translation>您是指 {0} 吗？</translation>
    </message>
    <message>
        <source>Discovered {0} as the authorization server.</source>
        <translation>已发现 {0} 为授权服务器。</translation>
    </message>
    <message>
        <source>Discovered {0} as the issuer of tokens.</source>
        <translation>已发现 {0} 为令牌签发方。</translation>
    </message>
    <message>
        <source>Download packages</source>
        <translation>下载软件包</translation>
    </message>
    <message>
        <source>Each Datadog site has a server of its own, such as mcp.datadoghq.eu: take the address from Datadog&apos;s page.</source>
        <translation>每个 Datadog 站点都有自己的服务器，例如 mcp.datadoghq.eu：请从 Datadog 页面获取地址。</translation>
    </message>
    <message>
        <source>Each refresh token works once. Keep one program in charge of it: do not copy it elsewhere.</source>
        <translation>每个刷新令牌只能使用一次。请只由一个程序管理：不要复制到别处。</translation>
    </message>
    <message>
        <source>End it and start Keyfob again.</source>
        <translation>请结束它，然后重新启动 Keyfob。</translation>
    </message>
    <message>
        <source>End it with Z for UTC.</source>
        <translation>请以 Z 结尾表示 UTC。</translation>
    </message>
    <message>
        <source>End some.</source>
        <translation>请结束其中一些。</translation>
    </message>
    <message>
        <source>End that program, or set another callback_port and register it, then start again.</source>
        <translation>请结束该程序，或设置并注册其他 callback_port，然后重新开始。</translation>
    </message>
    <message>
        <source>End the file with an empty line.</source>
        <translation>请以空行结束文件。</translation>
    </message>
    <message>
        <source>End the other Keyfob.</source>
        <translation>请结束另一个 Keyfob。</translation>
    </message>
    <message>
        <source>Enter any address as homepage, such as https://github.com.</source>
        <translation>主页可填写任意地址，例如 https://github.com。</translation>
    </message>
    <message>
        <source>Enter its passphrase in Keyfob.</source>
        <translation>请在 Keyfob 中输入其密码短语。</translation>
    </message>
    <message>
        <source>Enter the code {0} at {1}</source>
        <translation>请在 {1} 输入代码 {0}</translation>
    </message>
    <message>
        <source>Enter the e-mail address of your Atlassian account as user name.</source>
        <translation>用户名请填写您 Atlassian 账户的电子邮件地址。</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows and choose what the app may read.</source>
        <translation>填写 Keyfob 显示的重定向地址，并选择应用可读取的内容。</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows as authorization callback URL.</source>
        <translation>将 Keyfob 显示的重定向地址填入 Authorization callback URL。</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows.</source>
        <translation>填写 Keyfob 显示的重定向地址。</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows; copy the client id and the client secret.</source>
        <translation>填写 Keyfob 显示的重定向地址；复制客户端 ID 和客户端机密。</translation>
    </message>
    <message>
        <source>Enter the redirect address that Keyfob shows; leave the client secret out.</source>
        <translation>填写 Keyfob 显示的重定向地址；不要客户端机密。</translation>
    </message>
    <message>
        <source>Entra refuses `resource` with its own scopes (AADSTS9010010), so Keyfob does not send it here.</source>
        <translation>Entra 拒绝 `resource` 与其自身权限同时使用（AADSTS9010010），因此 Keyfob 在此不发送它。</translation>
    </message>
    <message>
        <source>Erase</source>
        <translation>抹除</translation>
    </message>
    <message>
        <source>Erase it; `keyfob audit verify` then cannot tell whether the log&apos;s end was cut.</source>
        <translation>请抹除它；此后 `keyfob audit verify` 无法判断日志末尾是否被截断。</translation>
    </message>
    <message>
        <source>Erase it; `keyfob audit verify` then finds the removed events missing.</source>
        <translation>请抹除它；此后 `keyfob audit verify` 会发现被移除的事件缺失。</translation>
    </message>
    <message>
        <source>Erase that item; Keyfob makes a new one.</source>
        <translation>请抹除该项；Keyfob 会创建新的。</translation>
    </message>
    <message>
        <source>Figma lets only listed programs register, and answers 403 to others.</source>
        <translation>Figma 只允许列出的程序注册，对其他程序返回 403。</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Finish it there, then try again.</source>
        <translation>请在那里完成，然后重试。</translation>
    </message>
    <message>
        <source>For a refresh token say --set subject=refresh_token.</source>
        <translation>如为刷新令牌，请指定 --set subject=refresh_token。</translation>
    </message>
    <message>
        <source>Generate the token and copy it: GitHub shows it once.</source>
        <translation>生成令牌并复制：GitHub 只显示一次。</translation>
    </message>
    <message>
        <source>Give a document with fewer operations or simpler schemas.</source>
        <translation>请提供操作更少或模式更简单的文档。</translation>
    </message>
    <message>
        <source>Give a file or a URL.</source>
        <translation>请提供文件或 URL。</translation>
    </message>
    <message>
        <source>Give a smaller one.</source>
        <translation>请提供更小的文档。</translation>
    </message>
    <message>
        <source>Give an OpenAPI 3.0 or 3.1 document, as JSON or YAML.</source>
        <translation>请提供 JSON 或 YAML 格式的 OpenAPI 3.0 或 3.1 文档。</translation>
    </message>
    <message>
        <source>Give an OpenAPI 3.0 or 3.1 one.</source>
        <translation>请提供 OpenAPI 3.0 或 3.1 文档。</translation>
    </message>
    <message>
        <source>Give an RSA key of 2048 bits or more, or a P-256 key, as PKCS8 PEM or as a JWK.</source>
        <translation>请提供 2048 位或以上的 RSA 密钥或 P-256 密钥，格式为 PKCS8 PEM 或 JWK。</translation>
    </message>
    <message>
        <source>Give an address, or a program&apos;s command.</source>
        <translation>请提供地址或程序的命令。</translation>
    </message>
    <message>
        <source>Give each key a place of its own.</source>
        <translation>请为每个密钥指定单独的位置。</translation>
    </message>
    <message>
        <source>Give fewer.</source>
        <translation>请减少数量。</translation>
    </message>
    <message>
        <source>Give it a name and an end date, and choose only the repositories it is for.</source>
        <translation>为其设置名称和截止日期，并只选择它所针对的仓库。</translation>
    </message>
    <message>
        <source>Give it with --key-file FILE.</source>
        <translation>请用 --key-file FILE 提供。</translation>
    </message>
    <message>
        <source>Give it with --set {0}=VALUE.</source>
        <translation>请用 --set {0}=VALUE 提供。</translation>
    </message>
    <message>
        <source>Give its command, or leave it out.</source>
        <translation>请提供其命令，或省略。</translation>
    </message>
    <message>
        <source>Give one like /callback.</source>
        <translation>请提供类似 /callback 的路径。</translation>
    </message>
    <message>
        <source>Give one like https://host/mcp.</source>
        <translation>请提供类似 https://host/mcp 的地址。</translation>
    </message>
    <message>
        <source>Give one of them.</source>
        <translation>请提供其中一个。</translation>
    </message>
    <message>
        <source>Give one, such as --scope https://www.googleapis.com/auth/cloud-platform.</source>
        <translation>请提供一个，例如 --scope https://www.googleapis.com/auth/cloud-platform。</translation>
    </message>
    <message>
        <source>Give the API&apos;s address: keyfob server add NAME URL --openapi SOURCE</source>
        <translation>请提供 API 的地址：keyfob server add NAME URL --openapi SOURCE</translation>
    </message>
    <message>
        <source>Give the JSON key that Google made for the service account (IAM &gt; Service accounts &gt; Keys).</source>
        <translation>请提供 Google 为该服务账户创建的 JSON 密钥（IAM &gt; Service accounts &gt; Keys）。</translation>
    </message>
    <message>
        <source>Give the address at which it lies, or download it and give the file.</source>
        <translation>请提供其所在的地址，或下载后提供文件。</translation>
    </message>
    <message>
        <source>Give the address at which your client ID metadata document lies.</source>
        <translation>请提供您的客户端 ID 元数据文档所在的地址。</translation>
    </message>
    <message>
        <source>Give the passphrase of the file that holds your secrets.</source>
        <translation>请输入保存您机密的文件的密码短语。</translation>
    </message>
    <message>
        <source>Give the service account the roles it needs and no more: they bound what cloud-platform allows.</source>
        <translation>只授予服务账户所需的角色：它们限定了 cloud-platform 允许的范围。</translation>
    </message>
    <message>
        <source>Give the tool the account of its server.</source>
        <translation>请为该工具使用其服务器的账户。</translation>
    </message>
    <message>
        <source>Give the user name that the key belongs to.</source>
        <translation>请提供密钥所属的用户名。</translation>
    </message>
    <message>
        <source>Give the whole path from the root, or an address.</source>
        <translation>请提供从根目录开始的完整路径，或一个地址。</translation>
    </message>
    <message>
        <source>Give the whole path.</source>
        <translation>请提供完整路径。</translation>
    </message>
    <message>
        <source>Go on with an older file</source>
        <translation>继续使用较旧的文件</translation>
    </message>
    <message>
        <source>Grant them in Keyfob, or with `keyfob connect {0} --scope SCOPE`.</source>
        <translation>请在 Keyfob 中或用 `keyfob connect {0} --scope SCOPE` 授予。</translation>
    </message>
    <message>
        <source>Grant them with `keyfob connect {0} --scope SCOPE`.</source>
        <translation>请用 `keyfob connect {0} --scope SCOPE` 授予。</translation>
    </message>
    <message>
        <source>HTTP on this computer, with a token of its own</source>
        <translation>此计算机上的 HTTP，使用单独的令牌</translation>
    </message>
    <message>
        <source>HTTP over Keyfob&apos;s socket, with a token of its own</source>
        <translation>通过 Keyfob 套接字的 HTTP，使用单独的令牌</translation>
    </message>
    <message>
        <source>HTTP {0} of type {1}</source>
        <translation>类型为 {1} 的 HTTP {0}</translation>
    </message>
    <message>
        <source>Have the client send it as UTF-8, or install httptools and use no proxy.</source>
        <translation>请让客户端以 UTF-8 发送，或安装 httptools 且不使用代理。</translation>
    </message>
    <message>
        <source>If a company&apos;s proxy issues it, its CA certificate belongs in the system&apos;s trust store, or in a file that SSL_CERT_FILE names. If not, somebody may be in between.</source>
        <translation>如果它由公司代理签发，其 CA 证书应放入系统信任存储，或放入 SSL_CERT_FILE 指定的文件。否则，中间可能有他人。</translation>
    </message>
    <message>
        <source>If that is meant, name the server in NO_PROXY.</source>
        <translation>如果这是有意的，请在 NO_PROXY 中列出该服务器。</translation>
    </message>
    <message>
        <source>Imports</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>In the account console open Settings, App connections, and add one.</source>
        <translation>在账户控制台中打开 Settings、App connections，并添加一个。</translation>
    </message>
    <message>
        <source>In your account&apos;s development area create an MCP auth app.</source>
        <translation>在您账户的开发区域创建 MCP auth 应用。</translation>
    </message>
    <message>
        <source>In your workspace open Settings, Developer, Access tokens, and generate one with an end date.</source>
        <translation>在您的工作区打开 Settings、Developer、Access tokens，并生成一个带截止日期的令牌。</translation>
    </message>
    <message>
        <source>Initialize a new one.</source>
        <translation>请初始化新的会话。</translation>
    </message>
    <message>
        <source>Install Keyfob again.</source>
        <translation>请重新安装 Keyfob。</translation>
    </message>
    <message>
        <source>Install and start a Secret Service, such as gnome-keyring or KWallet, in this session.</source>
        <translation>请在此会话中安装并启动 Secret Service，例如 gnome-keyring 或 KWallet。</translation>
    </message>
    <message>
        <source>Install it, or give its whole path.</source>
        <translation>请安装它，或提供其完整路径。</translation>
    </message>
    <message>
        <source>Install it, or give its whole path; it was looked for in {0}.</source>
        <translation>请安装它，或提供其完整路径；已在 {0} 中查找。</translation>
    </message>
    <message>
        <source>Install it: pip install &apos;keyfob[openapi]&apos;</source>
        <translation>请安装：pip install &apos;keyfob[openapi]&apos;</translation>
    </message>
    <message>
        <source>Is it the right file?</source>
        <translation>文件是否正确？</translation>
    </message>
    <message>
        <source>It cannot be used ({0}).</source>
        <translation>无法使用（{0}）。</translation>
    </message>
    <message>
        <source>It does not answer.</source>
        <translation>没有响应。</translation>
    </message>
    <message>
        <source>It does not answer; a prompt of its own may be open.</source>
        <translation>没有响应；可能有它自己的提示窗口打开着。</translation>
    </message>
    <message>
        <source>It has neither an address nor a command.</source>
        <translation>它既没有地址也没有命令。</translation>
    </message>
    <message>
        <source>It has to begin with https:// (http:// is accepted on this machine only).</source>
        <translation>必须以 https:// 开头（http:// 仅在本机上可用）。</translation>
    </message>
    <message>
        <source>It is erased here, but {0} was not told: {1}</source>
        <translation>此处已抹除，但未能通知 {0}：{1}</translation>
    </message>
    <message>
        <source>It is locked.</source>
        <translation>已锁定。</translation>
    </message>
    <message>
        <source>It is starting again; repeat this in a moment.</source>
        <translation>正在重新启动；请稍后重试。</translation>
    </message>
    <message>
        <source>It is switched off.</source>
        <translation>它已被关闭。</translation>
    </message>
    <message>
        <source>It is too late to undo that.</source>
        <translation>已来不及撤销。</translation>
    </message>
    <message>
        <source>It is tried again in {0} s; see `keyfob server log {1}`.</source>
        <translation>将在 {0} 秒后重试；请查看 `keyfob server log {1}`。</translation>
    </message>
    <message>
        <source>It may have received client tokens: end it or choose another port, then make new ones with `keyfob client token NAME`.</source>
        <translation>它可能已收到客户端令牌：请结束它或选择其他端口，然后用 `keyfob client token NAME` 创建新令牌。</translation>
    </message>
    <message>
        <source>It may have received client tokens: make new ones with `keyfob client token NAME` once it is gone, or choose another port with KEYFOB_PORT or [relay] port.</source>
        <translation>它可能已收到客户端令牌：请在它结束后用 `keyfob client token NAME` 创建新令牌，或用 KEYFOB_PORT 或 [relay] port 选择其他端口。</translation>
    </message>
    <message>
        <source>It reaches Keyfob by</source>
        <translation>访问 Keyfob 的方式</translation>
    </message>
    <message>
        <source>It runs in a folder of its own (cwd), which Keyfob&apos;s programs do not.</source>
        <translation>它在自己的文件夹（cwd）中运行，而 Keyfob 的程序不会这样。</translation>
    </message>
    <message>
        <source>It said last: {0}</source>
        <translation>它最后输出：{0}</translation>
    </message>
    <message>
        <source>It stands on the page of the GitHub App, or in the address of its installation.</source>
        <translation>它位于 GitHub 应用的页面上，或其安装的地址中。</translation>
    </message>
    <message>
        <source>It takes its key from a variable: leave the place out.</source>
        <translation>它从变量获取密钥：请省略位置。</translation>
    </message>
    <message>
        <source>It takes its secrets from elsewhere ({0}).</source>
        <translation>它从别处获取机密（{0}）。</translation>
    </message>
    <message>
        <source>Its address has a secret in its path, which Keyfob cannot take out.</source>
        <translation>其地址的路径中含有机密，Keyfob 无法移除。</translation>
    </message>
    <message>
        <source>Its address is none that Keyfob reaches.</source>
        <translation>Keyfob 无法访问其地址。</translation>
    </message>
    <message>
        <source>Its address is put together by the client.</source>
        <translation>其地址由客户端拼接而成。</translation>
    </message>
    <message>
        <source>Its file system keeps no permissions: set KEYFOB_HOME to a folder that does.</source>
        <translation>其文件系统不保存权限：请将 KEYFOB_HOME 设为支持权限的文件夹。</translation>
    </message>
    <message>
        <source>Its header {0} is put together by the client.</source>
        <translation>其标头 {0} 由客户端拼接而成。</translation>
    </message>
    <message>
        <source>Its key stands in</source>
        <translation>密钥位于</translation>
    </message>
    <message>
        <source>Its log says why; call again.</source>
        <translation>日志中有原因；请再次调用。</translation>
    </message>
    <message>
        <source>Its sign-in has ended.</source>
        <translation>登录已失效。</translation>
    </message>
    <message>
        <source>Its token lasts a year and cannot be refreshed: you sign in again after that.</source>
        <translation>其令牌有效期一年且无法续期：之后需重新登录。</translation>
    </message>
    <message>
        <source>Its variable {0} is more than Keyfob gives a program.</source>
        <translation>其变量 {0} 超出 Keyfob 提供给程序的范围。</translation>
    </message>
    <message>
        <source>Its variable {0} is put together by the client.</source>
        <translation>其变量 {0} 由客户端拼接而成。</translation>
    </message>
    <message>
        <source>Its variables are none that Keyfob sets: {0}.</source>
        <translation>Keyfob 无法设置其变量：{0}。</translation>
    </message>
    <message>
        <source>Its {0} is a secret, and Keyfob puts none on a command line: give it by a variable, if the program takes one.</source>
        <translation>其{0}是机密，而 Keyfob 不会把机密放入命令行：如果程序支持，请通过变量提供。</translation>
    </message>
    <message>
        <source>Its {0} is no place that Keyfob puts a key into.</source>
        <translation>其 {0} 不是 Keyfob 放置密钥的位置。</translation>
    </message>
    <message>
        <source>Keep a copy of the audit folder as it is; somebody or something changed it.</source>
        <translation>请按原样保留审计文件夹的副本；有人或有程序更改过它。</translation>
    </message>
    <message>
        <source>Keep command, or make two servers of it.</source>
        <translation>请保留 command，或将其拆为两个服务器。</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Keyfob cannot listen at {0} ({1}).</source>
        <translation>Keyfob 无法在 {0} 监听（{1}）。</translation>
    </message>
    <message>
        <source>Keyfob cannot listen on port {0}: {1}.</source>
        <translation>Keyfob 无法在端口 {0} 监听：{1}。</translation>
    </message>
    <message>
        <source>Keyfob edits files of at most 32 MiB.</source>
        <translation>Keyfob 只编辑不超过 32 MiB 的文件。</translation>
    </message>
    <message>
        <source>Keyfob ended before it answered.</source>
        <translation>Keyfob 在响应之前已结束。</translation>
    </message>
    <message>
        <source>Keyfob failed at this request ({0}).</source>
        <translation>Keyfob 处理此请求失败（{0}）。</translation>
    </message>
    <message>
        <source>Keyfob failed at this request.</source>
        <translation>Keyfob 处理此请求失败。</translation>
    </message>
    <message>
        <source>Keyfob has ended</source>
        <translation>Keyfob 已结束</translation>
    </message>
    <message>
        <source>Keyfob has no use for what stands at: {0}.</source>
        <translation>Keyfob 用不到此处的内容：{0}。</translation>
    </message>
    <message>
        <source>Keyfob is locked, and its passphrase opens it.</source>
        <translation>Keyfob 已锁定，需用密码短语解锁。</translation>
    </message>
    <message>
        <source>Keyfob is locked.</source>
        <translation>Keyfob 已锁定。</translation>
    </message>
    <message>
        <source>Keyfob is locked: no call passes.</source>
        <translation>Keyfob 已锁定：不放行任何调用。</translation>
    </message>
    <message>
        <source>Keyfob is not running.</source>
        <translation>Keyfob 未在运行。</translation>
    </message>
    <message>
        <source>Keyfob is paused until {0}.</source>
        <translation>Keyfob 已暂停至 {0}。</translation>
    </message>
    <message>
        <source>Keyfob is paused.</source>
        <translation>Keyfob 已暂停。</translation>
    </message>
    <message>
        <source>Keyfob is paused: no call passes.</source>
        <translation>Keyfob 已暂停：不放行任何调用。</translation>
    </message>
    <message>
        <source>Keyfob is still starting.</source>
        <translation>Keyfob 仍在启动。</translation>
    </message>
    <message>
        <source>Keyfob keeps nothing of what it moved out of the client {0}.</source>
        <translation>Keyfob 未保留从客户端 {0} 移出的任何内容。</translation>
    </message>
    <message>
        <source>Keyfob knows no client {0}.</source>
        <translation>Keyfob 不认识客户端 {0}。</translation>
    </message>
    <message>
        <source>Keyfob listens on no port.</source>
        <translation>Keyfob 未在任何端口监听。</translation>
    </message>
    <message>
        <source>Keyfob locks itself later, or not at all</source>
        <translation>Keyfob 会更晚自动锁定，或完全不锁定</translation>
    </message>
    <message>
        <source>Keyfob may start in any folder.</source>
        <translation>Keyfob 可能在任何文件夹中启动。</translation>
    </message>
    <message>
        <source>Keyfob runs already and does not answer.</source>
        <translation>Keyfob 已在运行但没有响应。</translation>
    </message>
    <message>
        <source>Keyfob runs those of them that are programs, and sends each secret where its server is. A server is taken out of the file only after it has answered through Keyfob.</source>
        <translation>其中属于程序的，由 Keyfob 运行；每项机密会发送到其服务器所在处。服务器只有在通过 Keyfob 响应之后，才会从文件中移除。</translation>
    </message>
    <message>
        <source>Keyfob stays locked.</source>
        <translation>Keyfob 保持锁定。</translation>
    </message>
    <message>
        <source>Keyfob stopped waiting for this sign-in.</source>
        <translation>Keyfob 已停止等待此次登录。</translation>
    </message>
    <message>
        <source>Keyfob tries again by itself.</source>
        <translation>Keyfob 会自动重试。</translation>
    </message>
    <message>
        <source>Keyfob waits for your answer.</source>
        <translation>Keyfob 正在等待您的答复。</translation>
    </message>
    <message>
        <source>Keyfob was locked after a time without calls.</source>
        <translation>Keyfob 在一段时间没有调用后已锁定。</translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen, which Settings can turn off.</source>
        <translation>Keyfob 已随屏幕一起锁定，可在“设置”中关闭此行为。</translation>
    </message>
    <message>
        <source>Keyfob was locked together with the screen.</source>
        <translation>Keyfob 已随屏幕一起锁定。</translation>
    </message>
    <message>
        <source>Keyfob will run this program on your computer. It can do there what you can: read and change your files, and use your network.</source>
        <translation>Keyfob 将在您的计算机上运行此程序。它能做您能做的事：读取和更改您的文件，以及使用您的网络。</translation>
    </message>
    <message>
        <source>Keyfob wrote nothing for the client {0}.</source>
        <translation>Keyfob 没有为客户端 {0} 写入任何内容。</translation>
    </message>
    <message>
        <source>Keyfob {0}, Python {1}, without a window, {2}.</source>
        <translation>Keyfob {0}，Python {1}，无窗口，{2}。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine answered something else than was asked.</source>
        <translation>Keyfob 的后台进程返回的内容与请求不符。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine cannot be started: {0}.</source>
        <translation>Keyfob 的后台进程无法启动：{0}。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine ended while it started.</source>
        <translation>Keyfob 的后台进程在启动时结束。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine has ended unexpectedly.</source>
        <translation>Keyfob 的后台进程意外结束。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine has stopped.</source>
        <translation>Keyfob 的后台进程已停止。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s engine is not running.</source>
        <translation>Keyfob 的后台进程未在运行。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry no longer stands as it was written. {0}.</source>
        <translation>Keyfob 的条目已不是写入时的样子。{0}。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry stands in the files of {0} client.</source>
        <translation>Keyfob 的条目在 {0} 个客户端的文件中。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s entry stands in the files of {0} clients.</source>
        <translation>Keyfob 的条目在 {0} 个客户端的文件中。</translation>
    </message>
    <message>
        <source>Keyfob&apos;s folders and sockets are closed to others.</source>
        <translation>Keyfob 的文件夹和套接字已对他人关闭。</translation>
    </message>
    <message>
        <source>Known to {0} as client {1}.</source>
        <translation>{0} 已知其为客户端 {1}。</translation>
    </message>
    <message>
        <source>Leave it out and use `keyfob connect`.</source>
        <translation>请省略，并使用 `keyfob connect`。</translation>
    </message>
    <message>
        <source>Leave it out for github.com.</source>
        <translation>如为 github.com，请省略。</translation>
    </message>
    <message>
        <source>Leave it out, or put {{username}} into the template; it may have no colon.</source>
        <translation>请省略，或将 {{username}} 放入模板；其中不能有冒号。</translation>
    </message>
    <message>
        <source>Leave it out.</source>
        <translation>请省略。</translation>
    </message>
    <message>
        <source>Leave {0}</source>
        <translation>保留 {0}</translation>
    </message>
    <message>
        <source>Let a client pair</source>
        <translation>允许客户端配对</translation>
    </message>
    <message>
        <source>Let calls pass</source>
        <translation>放行调用</translation>
    </message>
    <message>
        <source>Let calls pass again?</source>
        <translation>重新放行调用？</translation>
    </message>
    <message>
        <source>Let it in again in Keyfob.</source>
        <translation>请在 Keyfob 中重新准许其接入。</translation>
    </message>
    <message>
        <source>Let it name a file of certificates in PEM form, or unset it.</source>
        <translation>请让它指向 PEM 格式的证书文件，或取消设置。</translation>
    </message>
    <message>
        <source>Let programs know and call the tool {0} of {1}?</source>
        <translation>允许程序知晓并调用 {1} 的工具 {0}？</translation>
    </message>
    <message>
        <source>Let programs know and call {0} tools of {1}?</source>
        <translation>允许程序知晓并调用 {1} 的 {0} 个工具？</translation>
    </message>
    <message>
        <source>List tools or globs, like [&quot;delete_*&quot;].</source>
        <translation>请列出工具或通配符，例如 [&quot;delete_*&quot;]。</translation>
    </message>
    <message>
        <source>Look at HTTPS_PROXY, at the system&apos;s settings or at network.proxy in config.toml, or name the server in NO_PROXY.</source>
        <translation>请查看 HTTPS_PROXY、系统设置或 config.toml 中的 network.proxy，或在 NO_PROXY 中列出该服务器。</translation>
    </message>
    <message>
        <source>Look at it and the folder that it lies in.</source>
        <translation>请查看它及其所在的文件夹。</translation>
    </message>
    <message>
        <source>Look at it there, then connect the account again with what is good now.</source>
        <translation>请在那里查看，然后用现在有效的信息重新连接该账户。</translation>
    </message>
    <message>
        <source>Look at servers.{0}.command in config.toml.</source>
        <translation>请查看 config.toml 中的 servers.{0}.command。</translation>
    </message>
    <message>
        <source>Look at servers.{0}.env in config.toml.</source>
        <translation>请查看 config.toml 中的 servers.{0}.env。</translation>
    </message>
    <message>
        <source>Look at the disk.</source>
        <translation>请检查磁盘。</translation>
    </message>
    <message>
        <source>Look at the tool&apos;s arguments.</source>
        <translation>请查看工具的参数。</translation>
    </message>
    <message>
        <source>Look at {0}.</source>
        <translation>请查看 {0}。</translation>
    </message>
    <message>
        <source>Look for Keyfob among the connected apps of your account there.</source>
        <translation>请在那里您账户的已连接应用中查找 Keyfob。</translation>
    </message>
    <message>
        <source>Look for a second Keyfob and end it.</source>
        <translation>请查找第二个 Keyfob 并结束它。</translation>
    </message>
    <message>
        <source>Look what lies there.</source>
        <translation>请查看那里有什么。</translation>
    </message>
    <message>
        <source>Look where the file lies.</source>
        <translation>请查看文件的位置。</translation>
    </message>
    <message>
        <source>Look whether it runs and whether your network does.</source>
        <translation>请检查它是否在运行，以及您的网络是否正常。</translation>
    </message>
    <message>
        <source>Look whether it runs.</source>
        <translation>请检查它是否在运行。</translation>
    </message>
    <message>
        <source>Look whether it was written.</source>
        <translation>请检查它是否已写入。</translation>
    </message>
    <message>
        <source>Look…</source>
        <translation>查看…</translation>
    </message>
    <message>
        <source>Make a client token</source>
        <translation>创建客户端令牌</translation>
    </message>
    <message>
        <source>Make a new one with `keyfob client token NAME`.</source>
        <translation>请用 `keyfob client token NAME` 创建新令牌。</translation>
    </message>
    <message>
        <source>Make a new one, then replace it.</source>
        <translation>请创建新密钥，然后替换。</translation>
    </message>
    <message>
        <source>Make a token with which {0} can reach the server {1} through Keyfob?</source>
        <translation>创建令牌，使 {0} 可通过 Keyfob 访问服务器 {1}？</translation>
    </message>
    <message>
        <source>Make a token with which {0} can reach your servers through Keyfob?</source>
        <translation>创建令牌，使 {0} 可通过 Keyfob 访问您的服务器？</translation>
    </message>
    <message>
        <source>Make an app of your own there with the redirect URI {0} (any port), then connect with --client-id ID.</source>
        <translation>请在那里创建您自己的应用，重定向 URI 为 {0}（任意端口），然后用 --client-id ID 连接。</translation>
    </message>
    <message>
        <source>Make an app of your own there with the redirect URI {0}, then connect with --client-id ID.</source>
        <translation>请在那里创建您自己的应用，重定向 URI 为 {0}，然后用 --client-id ID 连接。</translation>
    </message>
    <message>
        <source>Make new tokens for your clients if another program held the port.</source>
        <translation>如果其他程序曾占用该端口，请为您的客户端创建新令牌。</translation>
    </message>
    <message>
        <source>Make one with `keyfob client token NAME` and send it as a Bearer token.</source>
        <translation>请用 `keyfob client token NAME` 创建令牌，并作为 Bearer 令牌发送。</translation>
    </message>
    <message>
        <source>Make one without --in-url, or pair at /pair/mcp, for several servers.</source>
        <translation>如需用于多个服务器，请创建不带 --in-url 的令牌，或在 /pair/mcp 配对。</translation>
    </message>
    <message>
        <source>Make room: nothing is forwarded while the log cannot be written.</source>
        <translation>请腾出空间：日志无法写入时不会转发任何内容。</translation>
    </message>
    <message>
        <source>Make two groups of it.</source>
        <translation>请将其拆为两个组。</translation>
    </message>
    <message>
        <source>Manage the workspace</source>
        <translation>管理工作区</translation>
    </message>
    <message>
        <source>Manage webhooks of your repositories</source>
        <translation>管理您仓库的 webhook</translation>
    </message>
    <message>
        <source>Manage your SSH keys, which open your repositories</source>
        <translation>管理可打开您仓库的 SSH 密钥</translation>
    </message>
    <message>
        <source>Manage your organizations, their teams and members</source>
        <translation>管理您的组织及其团队和成员</translation>
    </message>
    <message>
        <source>Measures networks from many places and changes nothing: good for trying a sign-in.</source>
        <translation>从多地测量网络且不做任何更改：适合试用登录。</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方式</translation>
    </message>
    <message>
        <source>Missing arguments: {0}.</source>
        <translation>缺少参数：{0}。</translation>
    </message>
    <message>
        <source>Move again, from the old store to the new one.</source>
        <translation>请再次迁移，从旧存储到新存储。</translation>
    </message>
    <message>
        <source>Move every secret to the store {0}?</source>
        <translation>将所有机密迁移到存储 {0}？</translation>
    </message>
    <message>
        <source>Move servers out of a client</source>
        <translation>将服务器移出客户端</translation>
    </message>
    <message>
        <source>Move the audit folder away and erase that item to begin a new log.</source>
        <translation>请移走审计文件夹并抹除该项，以开始新的日志。</translation>
    </message>
    <message>
        <source>Move what {0} keeps in plain text into your keychain, and let Keyfob reach its servers?</source>
        <translation>将 {0} 以明文保存的内容移入您的钥匙串，并允许 Keyfob 访问其服务器？</translation>
    </message>
    <message>
        <source>Move your secrets</source>
        <translation>迁移您的机密</translation>
    </message>
    <message>
        <source>Move {0}</source>
        <translation>移动 {0}</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name a server, or a --provider.</source>
        <translation>请指定服务器或 --provider。</translation>
    </message>
    <message>
        <source>Name a server, or an origin in origins.</source>
        <translation>请指定服务器，或在 origins 中指定来源。</translation>
    </message>
    <message>
        <source>Name the program behind the batch file, such as node with a script&apos;s path.</source>
        <translation>请指定批处理文件背后的程序，例如 node 加脚本路径。</translation>
    </message>
    <message>
        <source>Name whose token it takes by --provider, or store a key by --method api-key.</source>
        <translation>请用 --provider 指定它使用谁的令牌，或用 --method api-key 存储密钥。</translation>
    </message>
    <message>
        <source>New tool</source>
        <translation>新工具</translation>
    </message>
    <message>
        <source>No client token.</source>
        <translation>没有客户端令牌。</translation>
    </message>
    <message>
        <source>No client&apos;s file has an entry of Keyfob&apos;s.</source>
        <translation>没有客户端文件含有 Keyfob 的条目。</translation>
    </message>
    <message>
        <source>No dynamic registration: an internal or a published app of your own workspace is needed.</source>
        <translation>不支持动态注册：需要您自己工作区的内部应用或已发布应用。</translation>
    </message>
    <message>
        <source>No dynamic registration: bring an app of your own, or a personal access token.</source>
        <translation>不支持动态注册：请使用您自己的应用或个人访问令牌。</translation>
    </message>
    <message>
        <source>No edit of config.toml waits for your yes.</source>
        <translation>config.toml 没有等待您同意的编辑。</translation>
    </message>
    <message>
        <source>No secret was found in it.</source>
        <translation>其中没有发现机密。</translation>
    </message>
    <message>
        <source>No sign-in of the account {0} waits for an address.</source>
        <translation>账户 {0} 没有等待地址的登录。</translation>
    </message>
    <message>
        <source>No tool waits for your approval.</source>
        <translation>没有工具等待您的批准。</translation>
    </message>
    <message>
        <source>No tool waits there.</source>
        <translation>那里没有等待的工具。</translation>
    </message>
    <message>
        <source>Nobody answered whether {0} may call {1}.</source>
        <translation>没有人答复 {0} 能否调用 {1}。</translation>
    </message>
    <message>
        <source>Nobody answered.</source>
        <translation>没有人答复。</translation>
    </message>
    <message>
        <source>Nobody but the program can tell whether it is good.</source>
        <translation>只有该程序才能判断它是否有效。</translation>
    </message>
    <message>
        <source>Nobody can answer. Start the Keyfob tray app.</source>
        <translation>没有人可以答复。请启动 Keyfob 托盘应用。</translation>
    </message>
    <message>
        <source>Nobody can be asked whether {0} may call {1}.</source>
        <translation>没有人可以被询问 {0} 能否调用 {1}。</translation>
    </message>
    <message>
        <source>Nobody is there to answer this.</source>
        <translation>没有人可以答复此问题。</translation>
    </message>
    <message>
        <source>Nothing has changed: the old store is still in use. Look at the new one, then try again.</source>
        <translation>没有任何更改：仍在使用旧存储。请检查新存储，然后重试。</translation>
    </message>
    <message>
        <source>Nothing is forwarded until it can be. Make room on the disk, or check the folder.</source>
        <translation>在可以写入之前不会转发任何内容。请腾出磁盘空间，或检查该文件夹。</translation>
    </message>
    <message>
        <source>Nothing is lost. Try again in a few minutes.</source>
        <translation>没有丢失任何内容。请几分钟后重试。</translation>
    </message>
    <message>
        <source>Nothing is lost: Keyfob asks it once more before it asks you.</source>
        <translation>没有丢失任何内容：Keyfob 会再次询问对方，然后才询问您。</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>未做任何更改。</translation>
    </message>
    <message>
        <source>Nothing was changed. Correct it in an editor, then try again.</source>
        <translation>未做任何更改。请在编辑器中更正，然后重试。</translation>
    </message>
    <message>
        <source>Nothing was changed. Look at it again with --dry-run.</source>
        <translation>未做任何更改。请用 --dry-run 再次查看。</translation>
    </message>
    <message>
        <source>Nothing was changed. Write the entry by hand, as `--dry-run` shows it.</source>
        <translation>未做任何更改。请按 `--dry-run` 所示手动写入条目。</translation>
    </message>
    <message>
        <source>Nothing was deleted. Put back a copy of it from a backup, or move it away (with {0}-wal beside it) and start again: clients then need new tokens and accounts a new sign-in.</source>
        <translation>未删除任何内容。请从备份恢复其副本，或将它移走（连同旁边的 {0}-wal）并重新启动：之后客户端需要新令牌，账户需要重新登录。</translation>
    </message>
    <message>
        <source>Nothing was sent to it. Start the sign-in again.</source>
        <translation>未向其发送任何内容。请重新开始登录。</translation>
    </message>
    <message>
        <source>Nothing was stored. Look whether it was copied whole.</source>
        <translation>未存储任何内容。请检查是否完整复制。</translation>
    </message>
    <message>
        <source>Nothing was stored. Try again, or keep the key unchecked with --no-check.</source>
        <translation>未存储任何内容。请重试，或用 --no-check 不经检查保存密钥。</translation>
    </message>
    <message>
        <source>OAuth 2 (no flow){0}</source>
        <translation>OAuth 2（无流程）{0}</translation>
    </message>
    <message>
        <source>One edit of config.toml allows more and waits for your yes.</source>
        <translation>config.toml 有一处编辑会允许更多操作，正等待您同意。</translation>
    </message>
    <message>
        <source>Open Keychain Access and see that the login keychain is there and lets Keyfob in.</source>
        <translation>请打开“钥匙串访问”，确认登录钥匙串存在并允许 Keyfob 访问。</translation>
    </message>
    <message>
        <source>Open Security &amp; access and create a personal API key; choose Read only where that is enough.</source>
        <translation>打开 Security &amp; access 并创建个人 API 密钥；只读足够时选择 Read only。</translation>
    </message>
    <message>
        <source>Open the account settings and create an API key.</source>
        <translation>打开账户设置并创建 API 密钥。</translation>
    </message>
    <message>
        <source>Open the dashboard and create an API key.</source>
        <translation>打开控制面板并创建 API 密钥。</translation>
    </message>
    <message>
        <source>Open the developer console and create an app of the kind MCP app.</source>
        <translation>打开开发者控制台，创建类型为 MCP app 的应用。</translation>
    </message>
    <message>
        <source>Open the page and add an API key.</source>
        <translation>打开页面并添加 API 密钥。</translation>
    </message>
    <message>
        <source>Open the page and choose a fine-grained token.</source>
        <translation>打开页面并选择 fine-grained token。</translation>
    </message>
    <message>
        <source>Open the page and copy or create an API key.</source>
        <translation>打开页面并复制或创建 API 密钥。</translation>
    </message>
    <message>
        <source>Open the page and create a token of the kind Read, or a fine-grained one.</source>
        <translation>打开页面并创建类型为 Read 或 fine-grained 的令牌。</translation>
    </message>
    <message>
        <source>Open the page and create an API key.</source>
        <translation>打开页面并创建 API 密钥。</translation>
    </message>
    <message>
        <source>Open the page and create an API key; one for a single project reaches less.</source>
        <translation>打开页面并创建 API 密钥；仅用于单个项目的密钥可访问的范围更小。</translation>
    </message>
    <message>
        <source>Open the page and create an API token with scopes.</source>
        <translation>打开页面并创建带权限范围的 API 令牌。</translation>
    </message>
    <message>
        <source>Open the page and create an API token; a limited one reaches only what you choose.</source>
        <translation>打开页面并创建 API 令牌；受限令牌只能访问您选择的内容。</translation>
    </message>
    <message>
        <source>Open the page and generate a token. It reaches all your organizations: prefer the sign-in.</source>
        <translation>打开页面并生成令牌。它可访问您的所有组织：建议改用登录。</translation>
    </message>
    <message>
        <source>Open the page for a new OAuth app and name it, for example Keyfob.</source>
        <translation>打开新建 OAuth 应用的页面并命名，例如 Keyfob。</translation>
    </message>
    <message>
        <source>Open this address in a browser by hand (PKCE S256): {0}</source>
        <translation>请在浏览器中手动打开此地址（PKCE S256）：{0}</translation>
    </message>
    <message>
        <source>OpenID Connect at {0}</source>
        <translation>{0} 的 OpenID Connect</translation>
    </message>
    <message>
        <source>Opened the browser (PKCE S256): {0}</source>
        <translation>已打开浏览器（PKCE S256）：{0}</translation>
    </message>
    <message>
        <source>Personal API token</source>
        <translation>个人 API 令牌</translation>
    </message>
    <message>
        <source>Personal access token</source>
        <translation>个人访问令牌</translation>
    </message>
    <message>
        <source>Pipe the key in with --secret-stdin.</source>
        <translation>请用 --secret-stdin 通过管道传入密钥。</translation>
    </message>
    <message>
        <source>Pipe them in, one a line, with --secret-stdin.</source>
        <translation>请用 --secret-stdin 通过管道传入，每行一个。</translation>
    </message>
    <message>
        <source>Point a client at Keyfob</source>
        <translation>将客户端指向 Keyfob</translation>
    </message>
    <message>
        <source>Port {0}, on which the sign-in has to answer, is taken by another program.</source>
        <translation>登录需要在端口 {0} 应答，但该端口被另一个程序占用。</translation>
    </message>
    <message>
        <source>Prefer a restricted key: its permissions are all that a tool can do.</source>
        <translation>建议使用受限密钥：工具能做的仅限于其权限。</translation>
    </message>
    <message>
        <source>Publish packages</source>
        <translation>发布软件包</translation>
    </message>
    <message>
        <source>Put in force what was edited by hand?</source>
        <translation>使手动编辑的内容生效？</translation>
    </message>
    <message>
        <source>Put it back. If there is none, begin a new one and connect your accounts anew: `keyfob store unlock --accept-older`.</source>
        <translation>请放回原文件。如果没有，请新建一个并重新连接您的账户：`keyfob store unlock --accept-older`。</translation>
    </message>
    <message>
        <source>Put the newer one back. If there is none, go on with this one, and sign in again where a token was renewed since: `keyfob store unlock --accept-older`.</source>
        <translation>请放回较新的文件。如果没有，请继续使用此文件，并对此后续期过令牌的账户重新登录：`keyfob store unlock --accept-older`。</translation>
    </message>
    <message>
        <source>Put the right file in its place, or choose another store.</source>
        <translation>请放入正确的文件，或选择其他存储。</translation>
    </message>
    <message>
        <source>Put the servers that were moved out of {0} back into its files, with their secrets in plain text?</source>
        <translation>将移出 {0} 的服务器连同其明文机密放回它的文件？</translation>
    </message>
    <message>
        <source>Put those into HTTPS_PROXY.</source>
        <translation>请将它们放入 HTTPS_PROXY。</translation>
    </message>
    <message>
        <source>PySide6 6.12 crashes on this Python: install 6.11, or Python 3.12 or newer.</source>
        <translation>PySide6 6.12 在此 Python 上会崩溃：请安装 6.11，或 Python 3.12 及以上版本。</translation>
    </message>
    <message>
        <source>Quit it and start the same version as this command&apos;s.</source>
        <translation>请退出它，并启动与此命令相同的版本。</translation>
    </message>
    <message>
        <source>Raise max_body_mib in [relay].</source>
        <translation>请提高 [relay] 中的 max_body_mib。</translation>
    </message>
    <message>
        <source>Read all your files</source>
        <translation>读取您的所有文件</translation>
    </message>
    <message>
        <source>Read all your mail</source>
        <translation>读取您的所有邮件</translation>
    </message>
    <message>
        <source>Read and change all your repositories, the private ones too</source>
        <translation>读取和更改您的所有仓库，包括私有仓库</translation>
    </message>
    <message>
        <source>Read and change projects</source>
        <translation>读取和更改项目</translation>
    </message>
    <message>
        <source>Read and change the events in your calendars</source>
        <translation>读取和更改您日历中的活动</translation>
    </message>
    <message>
        <source>Read and change the files that it opens or makes itself</source>
        <translation>读取和更改它自己打开或创建的文件</translation>
    </message>
    <message>
        <source>Read and change your profile</source>
        <translation>读取和更改您的个人资料</translation>
    </message>
    <message>
        <source>Read and change your public repositories</source>
        <translation>读取和更改您的公开仓库</translation>
    </message>
    <message>
        <source>Read and dismiss security alerts</source>
        <translation>读取和忽略安全警报</translation>
    </message>
    <message>
        <source>Read and set the state of commits</source>
        <translation>读取和设置提交的状态</translation>
    </message>
    <message>
        <source>Under Authentication add the platform Mobile and desktop applications and enter the redirect address that Keyfob shows.</source>
        <translation>在 Authentication 下添加平台 Mobile and desktop applications，并填写 Keyfob 显示的重定向地址。</translation>
    </message>
    <message>
        <source>Erased {0} secrets from the old store.</source>
        <translation>已从旧存储抹除 {0} 项机密。</translation>
    </message>
    <message>
        <source>A key is stored with --method api-key; a client&apos;s secret needs its --client-id.</source>
        <translation>存储密钥请用 --method api-key；客户端机密需要同时提供 --client-id。</translation>
    </message>
    <message>
        <source>Bundle it anew.</source>
        <translation>请重新打包该文档。</translation>
    </message>
    <message>
        <source>Cannot cancel a task that is {0}.</source>
        <translation>无法取消状态为 {0} 的任务。</translation>
    </message>
    <message>
        <source>Declare io.modelcontextprotocol/tasks in the request&apos;s clientCapabilities.extensions.</source>
        <translation>请在请求的 clientCapabilities.extensions 中声明 io.modelcontextprotocol/tasks。</translation>
    </message>
    <message>
        <source>Give one, or leave it out.</source>
        <translation>请给出一个，或省略。</translation>
    </message>
    <message>
        <source>It was not used. If whoever runs that server confirms the name, add it to metadata_issuers in the provider&apos;s profile in providers.toml.</source>
        <translation>未使用这些元数据。如果该服务器的运营方确认此名称，请将其添加到 providers.toml 中该提供方 profile 的 metadata_issuers。</translation>
    </message>
    <message>
        <source>Its {0} is put together by the client.</source>
        <translation>其{0}由客户端拼接而成。</translation>
    </message>
    <message>
        <source>Leave it out where there shall be no end.</source>
        <translation>如果不需要期限，请省略。</translation>
    </message>
    <message>
        <source>Read canvases</source>
        <translation>读取画布</translation>
    </message>
    <message>
        <source>Read data in BigQuery</source>
        <translation>读取 BigQuery 中的数据</translation>
    </message>
    <message>
        <source>Read errors and events</source>
        <translation>读取错误和事件</translation>
    </message>
    <message>
        <source>Read issues, projects and documents of your workspace</source>
        <translation>读取您工作区的问题、项目和文档</translation>
    </message>
    <message>
        <source>Read messages in public channels</source>
        <translation>读取公开频道中的消息</translation>
    </message>
    <message>
        <source>Read messages in the private channels you are in</source>
        <translation>读取您所在私有频道中的消息</translation>
    </message>
    <message>
        <source>Read projects</source>
        <translation>读取项目</translation>
    </message>
    <message>
        <source>Read teams</source>
        <translation>读取团队</translation>
    </message>
    <message>
        <source>Read the events in your calendars</source>
        <translation>读取您日历中的活动</translation>
    </message>
    <message>
        <source>Read what your roles in Google Cloud allow</source>
        <translation>读取您在 Google Cloud 中的角色所允许的内容</translation>
    </message>
    <message>
        <source>Read your calendars</source>
        <translation>读取您的日历</translation>
    </message>
    <message>
        <source>Read your chat messages</source>
        <translation>读取您的聊天消息</translation>
    </message>
    <message>
        <source>Read your contacts</source>
        <translation>读取您的联系人</translation>
    </message>
    <message>
        <source>Read your direct messages</source>
        <translation>读取您的私信</translation>
    </message>
    <message>
        <source>Read your group messages</source>
        <translation>读取您的群组消息</translation>
    </message>
    <message>
        <source>Read your notifications and mark them as read</source>
        <translation>读取您的通知并标记为已读</translation>
    </message>
    <message>
        <source>Read your organization</source>
        <translation>读取您的组织</translation>
    </message>
    <message>
        <source>Read your profile</source>
        <translation>读取您的个人资料</translation>
    </message>
    <message>
        <source>Read {0} secrets back and compared them.</source>
        <translation>已读回并比对 {0} 项机密。</translation>
    </message>
    <message>
        <source>Read, change and delete all your files</source>
        <translation>读取、更改和删除您的所有文件</translation>
    </message>
    <message>
        <source>Read, change and delete data in BigQuery</source>
        <translation>读取、更改和删除 BigQuery 中的数据</translation>
    </message>
    <message>
        <source>Read, label and move your mail, and send in your name</source>
        <translation>读取、标记和移动您的邮件，并以您的名义发送</translation>
    </message>
    <message>
        <source>Read, send and delete for good all your mail</source>
        <translation>读取、发送和永久删除您的所有邮件</translation>
    </message>
    <message>
        <source>Received a token for {0}, valid until the server says otherwise.</source>
        <translation>已收到 {0} 的令牌，在服务器另行通知前有效。</translation>
    </message>
    <message>
        <source>Received a token for {0}, valid until {1} UTC.</source>
        <translation>已收到 {0} 的令牌，有效期至 {1} UTC。</translation>
    </message>
    <message>
        <source>Register an application of your organization.</source>
        <translation>注册您组织的应用程序。</translation>
    </message>
    <message>
        <source>Registered Keyfob at {0} as client {1}.</source>
        <translation>已在 {0} 将 Keyfob 注册为客户端 {1}。</translation>
    </message>
    <message>
        <source>Remove a rule</source>
        <translation>移除规则</translation>
    </message>
    <message>
        <source>Remove it first with `keyfob server remove {0}`, or choose another name.</source>
        <translation>请先用 `keyfob server remove {0}` 移除，或选择其他名称。</translation>
    </message>
    <message>
        <source>Remove it, or set KEYFOB_HOME to a folder of your own.</source>
        <translation>请移除它，或将 KEYFOB_HOME 设为您自己的文件夹。</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>请移除。</translation>
    </message>
    <message>
        <source>Remove some that lie beside it.</source>
        <translation>请移除旁边的一些备份。</translation>
    </message>
    <message>
        <source>Removed: there was none before.</source>
        <translation>已移除：之前没有此文件。</translation>
    </message>
    <message>
        <source>Rename the file or folder, or use another one.</source>
        <translation>请重命名该文件或文件夹，或改用其他的。</translation>
    </message>
    <message>
        <source>Renew it, or pair again.</source>
        <translation>请续期，或重新配对。</translation>
    </message>
    <message>
        <source>Restart Keyfob, so that both are of one version.</source>
        <translation>请重新启动 Keyfob，使两者版本一致。</translation>
    </message>
    <message>
        <source>Restart the Credential Manager service, or sign out and in.</source>
        <translation>请重启 Credential Manager 服务，或注销后重新登录。</translation>
    </message>
    <message>
        <source>Restore the file from a backup, or remove it and connect the accounts again.</source>
        <translation>请从备份恢复该文件，或移除它并重新连接账户。</translation>
    </message>
    <message>
        <source>Restored byte for byte.</source>
        <translation>已逐字节恢复。</translation>
    </message>
    <message>
        <source>Restricted key</source>
        <translation>受限密钥</translation>
    </message>
    <message>
        <source>Resume Keyfob</source>
        <translation>恢复 Keyfob</translation>
    </message>
    <message>
        <source>Resume it in Keyfob, or with `keyfob resume`.</source>
        <translation>请在 Keyfob 中或用 `keyfob resume` 恢复。</translation>
    </message>
    <message>
        <source>Run Keyfob in your own desktop session: a service or an ssh session has no Credential Manager.</source>
        <translation>请在您自己的桌面会话中运行 Keyfob：服务或 ssh 会话没有 Credential Manager。</translation>
    </message>
    <message>
        <source>Run a program as a server</source>
        <translation>将程序作为服务器运行</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>请将其保存为 UTF-8。</translation>
    </message>
    <message>
        <source>Say what an entry is in {0}.</source>
        <translation>请在 {0} 中说明条目的内容。</translation>
    </message>
    <message>
        <source>Say where a key is sent.</source>
        <translation>请说明密钥发送到哪里。</translation>
    </message>
    <message>
        <source>Say where in clients.toml.</source>
        <translation>请在 clients.toml 中说明位置。</translation>
    </message>
    <message>
        <source>Say where its configuration lies.</source>
        <translation>请说明其配置所在位置。</translation>
    </message>
    <message>
        <source>Say where the key is sent.</source>
        <translation>请说明密钥发送到哪里。</translation>
    </message>
    <message>
        <source>Say which service account it is with --kind, such as client-credentials or google.</source>
        <translation>请用 --kind 说明是哪种服务账户，例如 client-credentials 或 google。</translation>
    </message>
    <message>
        <source>Search files</source>
        <translation>搜索文件</translation>
    </message>
    <message>
        <source>Search people</source>
        <translation>搜索人员</translation>
    </message>
    <message>
        <source>Search public channels</source>
        <translation>搜索公开频道</translation>
    </message>
    <message>
        <source>Search the private channels you are in</source>
        <translation>搜索您所在的私有频道</translation>
    </message>
    <message>
        <source>Search your direct messages</source>
        <translation>搜索您的私信</translation>
    </message>
    <message>
        <source>Search your group messages</source>
        <translation>搜索您的群组消息</translation>
    </message>
    <message>
        <source>Secret</source>
        <translation>机密</translation>
    </message>
    <message>
        <source>See `keyfob account list`.</source>
        <translation>请查看 `keyfob account list`。</translation>
    </message>
    <message>
        <source>See `keyfob client list --all`, or add it to clients.toml.</source>
        <translation>请查看 `keyfob client list --all`，或将其添加到 clients.toml。</translation>
    </message>
    <message>
        <source>See `keyfob client list`.</source>
        <translation>请查看 `keyfob client list`。</translation>
    </message>
    <message>
        <source>See `keyfob config check`, then `keyfob config accept`.</source>
        <translation>请查看 `keyfob config check`，然后 `keyfob config accept`。</translation>
    </message>
    <message>
        <source>See `keyfob provider list`, or add it to providers.toml.</source>
        <translation>请查看 `keyfob provider list`，或将它添加到 providers.toml。</translation>
    </message>
    <message>
        <source>See `keyfob rule list`.</source>
        <translation>请查看 `keyfob rule list`。</translation>
    </message>
    <message>
        <source>See `keyfob server log {0}`.</source>
        <translation>请查看 `keyfob server log {0}`。</translation>
    </message>
    <message>
        <source>See `keyfob session list`.</source>
        <translation>请查看 `keyfob session list`。</translation>
    </message>
    <message>
        <source>See `keyfob tool pending`.</source>
        <translation>请查看 `keyfob tool pending`。</translation>
    </message>
    <message>
        <source>See people&apos;s e-mail addresses</source>
        <translation>查看他人的电子邮件地址</translation>
    </message>
    <message>
        <source>See that its address is that of an MCP server, and its transport in config.toml.</source>
        <translation>请确认其地址是 MCP 服务器的地址，并检查 config.toml 中的传输方式。</translation>
    </message>
    <message>
        <source>See that its address is that of an MCP server.</source>
        <translation>请确认其地址是 MCP 服务器的地址。</translation>
    </message>
    <message>
        <source>See the people of your workspace</source>
        <translation>查看您工作区的人员</translation>
    </message>
    <message>
        <source>See the window&apos;s header.</source>
        <translation>请查看窗口顶部。</translation>
    </message>
    <message>
        <source>See which organizations and teams you belong to</source>
        <translation>查看您所属的组织和团队</translation>
    </message>
    <message>
        <source>See your e-mail addresses</source>
        <translation>查看您的电子邮件地址</translation>
    </message>
    <message>
        <source>Send chat messages in your name</source>
        <translation>以您的名义发送聊天消息</translation>
    </message>
    <message>
        <source>Send flatter ones, or allow the tool with `keyfob rule add`.</source>
        <translation>请发送嵌套更浅的参数，或用 `keyfob rule add` 允许该工具。</translation>
    </message>
    <message>
        <source>Send it again.</source>
        <translation>请重新发送。</translation>
    </message>
    <message>
        <source>Send it by POST.</source>
        <translation>请用 POST 发送。</translation>
    </message>
    <message>
        <source>Send it once.</source>
        <translation>请只发送一次。</translation>
    </message>
    <message>
        <source>Send it plain.</source>
        <translation>请不加编码发送。</translation>
    </message>
    <message>
        <source>Send it to stdin with --secret-stdin, or name its file with --key-file FILE.</source>
        <translation>请用 --secret-stdin 发送到标准输入，或用 --key-file FILE 指定其文件。</translation>
    </message>
    <message>
        <source>Send it to stdin with `keyfob unlock --passphrase-stdin`.</source>
        <translation>请用 `keyfob unlock --passphrase-stdin` 将其发送到标准输入。</translation>
    </message>
    <message>
        <source>Send its calls one by one.</source>
        <translation>请逐个发送其调用。</translation>
    </message>
    <message>
        <source>Send mail in your name</source>
        <translation>以您的名义发送邮件</translation>
    </message>
    <message>
        <source>Send messages in your name</source>
        <translation>以您的名义发送消息</translation>
    </message>
    <message>
        <source>Send one JSON-RPC message.</source>
        <translation>请发送一条 JSON-RPC 消息。</translation>
    </message>
    <message>
        <source>Send them one a line: `keyfob connect {0} --secret-stdin`.</source>
        <translation>请每行一个发送：`keyfob connect {0} --secret-stdin`。</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Servers</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Service account&apos;s API key</source>
        <translation>服务账户的 API 密钥</translation>
    </message>
    <message>
        <source>Set KEYFOB_HOME to a folder of your own inside it.</source>
        <translation>请将 KEYFOB_HOME 设为其中您自己的文件夹。</translation>
    </message>
    <message>
        <source>Set an http proxy in HTTPS_PROXY, or name the server in NO_PROXY.</source>
        <translation>请在 HTTPS_PROXY 中设置 http 代理，或在 NO_PROXY 中列出该服务器。</translation>
    </message>
    <message>
        <source>Set it to a number from 1 to 65535.</source>
        <translation>请设为 1 到 65535 之间的数字。</translation>
    </message>
    <message>
        <source>Set the computer&apos;s clock: sign-ins go by it.</source>
        <translation>请校准计算机时钟：登录以其为准。</translation>
    </message>
    <message>
        <source>Set up the consent screen and add yourself as a test user.</source>
        <translation>设置同意屏幕，并将您自己添加为测试用户。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Sign in again.</source>
        <translation>请重新登录。</translation>
    </message>
    <message>
        <source>Sign in by</source>
        <translation>登录方式</translation>
    </message>
    <message>
        <source>Sign in from Keyfob&apos;s window when you want to.</source>
        <translation>您可随时在 Keyfob 的窗口中登录。</translation>
    </message>
    <message>
        <source>Sign in to Windows at the screen, then try again.</source>
        <translation>请在屏幕前登录 Windows，然后重试。</translation>
    </message>
    <message>
        <source>Sign in to the identity provider first.</source>
        <translation>请先登录身份提供商。</translation>
    </message>
    <message>
        <source>Sign-ins last an hour.</source>
        <translation>登录有效期为一小时。</translation>
    </message>
    <message>
        <source>Something inside Keyfob failed ({0}).</source>
        <translation>Keyfob 内部出错（{0}）。</translation>
    </message>
    <message>
        <source>Start Keyfob again.</source>
        <translation>请重新启动 Keyfob。</translation>
    </message>
    <message>
        <source>Start Keyfob again; `keyfob doctor` looks why.</source>
        <translation>请重新启动 Keyfob；`keyfob doctor` 可查找原因。</translation>
    </message>
    <message>
        <source>Start Keyfob first, or give it a port of its own.</source>
        <translation>请先启动 Keyfob，或为其指定单独的端口。</translation>
    </message>
    <message>
        <source>Start Keyfob itself with `keyfob` to turn it on.</source>
        <translation>请用 `keyfob` 启动 Keyfob 本身以开启此项。</translation>
    </message>
    <message>
        <source>Start it again and name it in Keyfob.</source>
        <translation>请重新启动它，并在 Keyfob 中为其命名。</translation>
    </message>
    <message>
        <source>Start it again if that was not meant.</source>
        <translation>如果这不是您的本意，请重新开始。</translation>
    </message>
    <message>
        <source>Start it again with `keyfob` or `keyfob serve`, and repeat the command.</source>
        <translation>请用 `keyfob` 或 `keyfob serve` 重新启动，然后再次执行命令。</translation>
    </message>
    <message>
        <source>Start it again.</source>
        <translation>请重新开始。</translation>
    </message>
    <message>
        <source>Start it with `keyfob` or `keyfob serve`.</source>
        <translation>请用 `keyfob` 或 `keyfob serve` 启动。</translation>
    </message>
    <message>
        <source>Start it with `keyfob`, or without a window with `keyfob serve`.</source>
        <translation>请用 `keyfob` 启动，或用 `keyfob serve` 无窗口启动。</translation>
    </message>
    <message>
        <source>Start it, with its window or by `keyfob serve`, then import.</source>
        <translation>请启动它（带窗口，或用 `keyfob serve`），然后导入。</translation>
    </message>
    <message>
        <source>Start the Keyfob tray app to name it, or set KEYFOB_TOKEN to a client token.</source>
        <translation>请启动 Keyfob 托盘应用为其命名，或将 KEYFOB_TOKEN 设为客户端令牌。</translation>
    </message>
    <message>
        <source>Start the Keyfob tray app, or allow it with `keyfob rule add`.</source>
        <translation>请启动 Keyfob 托盘应用，或用 `keyfob rule add` 允许。</translation>
    </message>
    <message>
        <source>Start the newer Keyfob, or update this one. Nothing was changed.</source>
        <translation>请启动较新的 Keyfob，或更新此版本。未做任何更改。</translation>
    </message>
    <message>
        <source>Start the sign-in again for a new one.</source>
        <translation>请重新开始登录以获取新代码。</translation>
    </message>
    <message>
        <source>Start the sign-in again when you are ready.</source>
        <translation>准备好后请重新开始登录。</translation>
    </message>
    <message>
        <source>Start the sign-in again.</source>
        <translation>请重新开始登录。</translation>
    </message>
    <message>
        <source>Stay signed in</source>
        <translation>保持登录</translation>
    </message>
    <message>
        <source>Store it with `keyfob connect {0} --secret-stdin`.</source>
        <translation>请用 `keyfob connect {0} --secret-stdin` 存储。</translation>
    </message>
    <message>
        <source>Stored in {0} as account/{1}.</source>
        <translation>已存储在 {0} 中，名为 account/{1}。</translation>
    </message>
    <message>
        <source>Take 127.0.0.1, localhost or [::1].</source>
        <translation>请使用 127.0.0.1、localhost 或 [::1]。</translation>
    </message>
    <message>
        <source>Take it out there.</source>
        <translation>请从那里去掉。</translation>
    </message>
    <message>
        <source>Tell the server&apos;s people, and see that this machine&apos;s clock is right.</source>
        <translation>请告知服务器的管理方，并确认此计算机的时钟正确。</translation>
    </message>
    <message>
        <source>That is not the answer to this sign-in. Paste the whole address that the browser ended on; it begins with {0}?</source>
        <translation>这不是此次登录的应答。请粘贴浏览器最终停留的完整地址；它以 {0}? 开头</translation>
    </message>
    <message>
        <source>The API at {0} does not answer in {1} seconds.</source>
        <translation>{0} 的 API 在 {1} 秒内没有响应。</translation>
    </message>
    <message>
        <source>The API encodes its answer although it was asked not to.</source>
        <translation>API 对其响应进行了编码，尽管已要求不要这样做。</translation>
    </message>
    <message>
        <source>The Cloudflare account is chosen on Cloudflare&apos;s own page; connect once for each.</source>
        <translation>Cloudflare 账户在 Cloudflare 自己的页面上选择；每个账户需分别连接。</translation>
    </message>
    <message>
        <source>The Host header names another machine.</source>
        <translation>Host 标头指向另一台机器。</translation>
    </message>
    <message>
        <source>The ID token of the identity provider has expired.</source>
        <translation>身份提供商的 ID 令牌已过期。</translation>
    </message>
    <message>
        <source>The account {0} belongs to {1}, not to {2}.</source>
        <translation>账户 {0} 属于 {1}，而不是 {2}。</translation>
    </message>
    <message>
        <source>The account {0} has nothing to refresh with.</source>
        <translation>账户 {0} 没有可用于续期的凭据。</translation>
    </message>
    <message>
        <source>The account {0} is gone.</source>
        <translation>账户 {0} 已不存在。</translation>
    </message>
    <message>
        <source>The account {0} is not connected.</source>
        <translation>账户 {0} 未连接。</translation>
    </message>
    <message>
        <source>The account&apos;s credential belongs to {0}, not to this API.</source>
        <translation>该账户的凭据属于 {0}，而不是此 API。</translation>
    </message>
    <message>
        <source>The account&apos;s token is bound to a key of ours, which {0} cannot use.</source>
        <translation>该账户的令牌绑定到 Keyfob 的密钥，{0} 无法使用。</translation>
    </message>
    <message>
        <source>The address names a repository: https://gitmcp.io/OWNER/REPOSITORY.</source>
        <translation>地址指明一个仓库：https://gitmcp.io/OWNER/REPOSITORY。</translation>
    </message>
    <message>
        <source>The answer comes from {0}, not from {1}.</source>
        <translation>应答来自 {0}，而不是 {1}。</translation>
    </message>
    <message>
        <source>The answer goes on; this is its first {0} KiB. Ask for less of it.</source>
        <translation>响应尚未结束；这是前 {0} KiB。请减少请求的内容。</translation>
    </message>
    <message>
        <source>The answer is longer than {0} MiB of {1}.</source>
        <translation>响应超过 {0} MiB 的 {1}。</translation>
    </message>
    <message>
        <source>The answer of the sign-in says the same thing twice.</source>
        <translation>登录应答中同一内容出现了两次。</translation>
    </message>
    <message>
        <source>The answer was no.</source>
        <translation>答复为否。</translation>
    </message>
    <message>
        <source>The arguments cannot be sent: {0}</source>
        <translation>参数无法发送：{0}</translation>
    </message>
    <message>
        <source>The arguments for {0} are nested deeper than anybody can be shown.</source>
        <translation>{0} 的参数嵌套过深，无法向人展示。</translation>
    </message>
    <message>
        <source>The arguments must be an object.</source>
        <translation>参数必须是对象。</translation>
    </message>
    <message>
        <source>The arguments&apos; inner structure is left out: it is too large.</source>
        <translation>参数的内部结构已省略：过大。</translation>
    </message>
    <message>
        <source>The audit log could not be verified: {0}</source>
        <translation>审计日志无法验证：{0}</translation>
    </message>
    <message>
        <source>The audit log in {0} cannot be read: {1}.</source>
        <translation>无法读取 {0} 中的审计日志：{1}。</translation>
    </message>
    <message>
        <source>The audit log in {0} cannot be written: {1}.</source>
        <translation>无法写入 {0} 中的审计日志：{1}。</translation>
    </message>
    <message>
        <source>The audit log is closed.</source>
        <translation>审计日志已关闭。</translation>
    </message>
    <message>
        <source>The audit log is large ({0} MiB) and was not verified now.</source>
        <translation>审计日志较大（{0} MiB），此次未验证。</translation>
    </message>
    <message>
        <source>The audit log is not whole: {0} ({1}).</source>
        <translation>审计日志不完整：{0}（{1}）。</translation>
    </message>
    <message>
        <source>The audit log is not whole: {0}.</source>
        <translation>审计日志不完整：{0}。</translation>
    </message>
    <message>
        <source>The audit log is shut, because its key lies in a keychain that is not open.</source>
        <translation>审计日志已关闭，因为其密钥位于未打开的钥匙串中。</translation>
    </message>
    <message>
        <source>The audit log is whole: {0} events.</source>
        <translation>审计日志完整：{0} 个事件。</translation>
    </message>
    <message>
        <source>The authorization server {0} publishes no metadata.</source>
        <translation>授权服务器 {0} 没有发布元数据。</translation>
    </message>
    <message>
        <source>The batch needs several accounts ({0}).</source>
        <translation>该批次需要多个账户（{0}）。</translation>
    </message>
    <message>
        <source>The body has a content coding.</source>
        <translation>正文带有内容编码。</translation>
    </message>
    <message>
        <source>The body has a key twice.</source>
        <translation>正文中有重复的键。</translation>
    </message>
    <message>
        <source>The body is longer than {0} bytes.</source>
        <translation>正文超过 {0} 字节。</translation>
    </message>
    <message>
        <source>The body is no JSON-RPC.</source>
        <translation>正文不是 JSON-RPC。</translation>
    </message>
    <message>
        <source>The body is not JSON.</source>
        <translation>正文不是 JSON。</translation>
    </message>
    <message>
        <source>The browser brought no answer within {0} seconds.</source>
        <translation>浏览器在 {0} 秒内没有返回应答。</translation>
    </message>
    <message>
        <source>The call to {0} failed: {1}</source>
        <translation>对 {0} 的调用失败：{1}</translation>
    </message>
    <message>
        <source>The call would leave the API&apos;s address.</source>
        <translation>该调用会超出 API 的地址范围。</translation>
    </message>
    <message>
        <source>The certificate of {0} is issued by {1}, whom this system does not trust ({2}).</source>
        <translation>{0} 的证书由 {1} 签发，此系统不信任它（{2}）。</translation>
    </message>
    <message>
        <source>The certificate of {0} is not good: {1}.</source>
        <translation>{0} 的证书无效：{1}。</translation>
    </message>
    <message>
        <source>The certificate of {0} is one that this system does not trust ({1}).</source>
        <translation>此系统不信任 {0} 的证书（{1}）。</translation>
    </message>
    <message>
        <source>The client can be asked only in the answer to a call.</source>
        <translation>只能在对调用的应答中询问客户端。</translation>
    </message>
    <message>
        <source>The client can be asked only while one call of it is under way.</source>
        <translation>只有在客户端的一个调用进行期间才能向其询问。</translation>
    </message>
    <message>
        <source>The client closed the stream.</source>
        <translation>客户端关闭了流。</translation>
    </message>
    <message>
        <source>The client did not answer what the server asked.</source>
        <translation>客户端没有答复服务器的询问。</translation>
    </message>
    <message>
        <source>The client does not answer {0}.</source>
        <translation>客户端不答复 {0}。</translation>
    </message>
    <message>
        <source>The client does not read what the program says.</source>
        <translation>客户端没有读取程序的输出。</translation>
    </message>
    <message>
        <source>The client left.</source>
        <translation>客户端已离开。</translation>
    </message>
    <message>
        <source>The client token has expired.</source>
        <translation>客户端令牌已过期。</translation>
    </message>
    <message>
        <source>The client token is not known, or was revoked.</source>
        <translation>客户端令牌未知或已被吊销。</translation>
    </message>
    <message>
        <source>The clock agrees with the audit log.</source>
        <translation>时钟与审计日志一致。</translation>
    </message>
    <message>
        <source>The clock is {0} minutes behind the audit log&apos;s last event.</source>
        <translation>时钟比审计日志的最后一个事件慢 {0} 分钟。</translation>
    </message>
    <message>
        <source>The code ran out before it was entered.</source>
        <translation>代码在输入之前已失效。</translation>
    </message>
    <message>
        <source>The encrypted file has no passphrase yet.</source>
        <translation>加密文件还没有密码短语。</translation>
    </message>
    <message>
        <source>The encrypted file is locked.</source>
        <translation>加密文件已锁定。</translation>
    </message>
    <message>
        <source>The engine answered a {0} that this window does not know.</source>
        <translation>后台进程返回了此窗口不认识的 {0}。</translation>
    </message>
    <message>
        <source>The entry was gone already.</source>
        <translation>该条目已不存在。</translation>
    </message>
    <message>
        <source>The file as it was before lies at {0}.</source>
        <translation>之前的文件位于 {0}。</translation>
    </message>
    <message>
        <source>The file has changed since, so only the entry was taken out.</source>
        <translation>文件此后已更改，因此只移除了该条目。</translation>
    </message>
    <message>
        <source>The file has changed since, so only the entry was taken out. The file as it was before lies at {0}.</source>
        <translation>文件此后已更改，因此只移除了该条目。之前的文件位于 {0}。</translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.</source>
        <translation>保存您机密的文件是较旧的版本。</translation>
    </message>
    <message>
        <source>The file with your secrets is an older one.{0}</source>
        <translation>保存您机密的文件是较旧的版本。{0}</translation>
    </message>
    <message>
        <source>The file with your secrets is gone.</source>
        <translation>保存您机密的文件已丢失。</translation>
    </message>
    <message>
        <source>The file with your secrets is gone.{0}</source>
        <translation>保存您机密的文件已丢失。{0}</translation>
    </message>
    <message>
        <source>The header Mcp-Session-Id is missing: begin with `initialize`.</source>
        <translation>缺少标头 Mcp-Session-Id：请以 `initialize` 开始。</translation>
    </message>
    <message>
        <source>The header {0} cannot have line ends or control characters.</source>
        <translation>标头 {0} 不能含有换行或控制字符。</translation>
    </message>
    <message>
        <source>The header {0} disagrees with the body.</source>
        <translation>标头 {0} 与正文不一致。</translation>
    </message>
    <message>
        <source>The header {0} stands twice.</source>
        <translation>标头 {0} 出现了两次。</translation>
    </message>
    <message>
        <source>The id of a message is too large.</source>
        <translation>消息的 ID 过大。</translation>
    </message>
    <message>
        <source>The id of a message must be a text or a number.</source>
        <translation>消息的 ID 必须是文本或数字。</translation>
    </message>
    <message>
        <source>The issuer&apos;s people know it.</source>
        <translation>签发方的管理方知道它。</translation>
    </message>
    <message>
        <source>The item audit/base in the credential store is no beginning of the audit log.</source>
        <translation>凭据存储中的 audit/base 项不是审计日志的起点。</translation>
    </message>
    <message>
        <source>The item audit/head in the credential store is not a head of the audit log.</source>
        <translation>凭据存储中的 audit/head 项不是审计日志的头。</translation>
    </message>
    <message>
        <source>The item audit/key in the credential store is not a key.</source>
        <translation>凭据存储中的 audit/key 项不是密钥。</translation>
    </message>
    <message>
        <source>The item {0} in the credential store is not a key.</source>
        <translation>凭据存储中的 {0} 项不是密钥。</translation>
    </message>
    <message>
        <source>The key of {0} ends within {1} days.</source>
        <translation>{0} 的密钥将在 {1} 天内到期。</translation>
    </message>
    <message>
        <source>The key stands in the address, so it may show in the server&apos;s own logs.</source>
        <translation>密钥位于地址中，因此可能出现在服务器自身的日志中。</translation>
    </message>
    <message>
        <source>The key {0} is spelled in capitals.</source>
        <translation>键 {0} 使用了大写字母。</translation>
    </message>
    <message>
        <source>The message has neither a method nor a result.</source>
        <translation>该消息既没有方法也没有结果。</translation>
    </message>
    <message>
        <source>The message is not JSON-RPC 2.0.</source>
        <translation>该消息不是 JSON-RPC 2.0。</translation>
    </message>
    <message>
        <source>The metadata found for {0} belongs to {1}.</source>
        <translation>为 {0} 找到的元数据属于 {1}。</translation>
    </message>
    <message>
        <source>The metadata of {0} has no {1}.</source>
        <translation>{0} 的元数据中没有 {1}。</translation>
    </message>
    <message>
        <source>The metadata of {0} names no resource.</source>
        <translation>{0} 的元数据没有指明资源。</translation>
    </message>
    <message>
        <source>The new passphrase is too short.</source>
        <translation>新密码短语过短。</translation>
    </message>
    <message>
        <source>The new store does not hold {0}, so nothing was erased from the old one.</source>
        <translation>新存储中没有 {0}，因此未从旧存储抹除任何内容。</translation>
    </message>
    <message>
        <source>The passphrase does not open {0}.</source>
        <translation>密码短语无法打开 {0}。</translation>
    </message>
    <message>
        <source>The private one has a member d.</source>
        <translation>私钥含有成员 d。</translation>
    </message>
    <message>
        <source>The program does not say what it speaks.</source>
        <translation>该程序没有说明它使用哪个版本。</translation>
    </message>
    <message>
        <source>The program {0} cannot be given its variables.</source>
        <translation>无法向程序 {0} 提供其变量。</translation>
    </message>
    <message>
        <source>The program {0} cannot be started: {1}.</source>
        <translation>程序 {0} 无法启动：{1}。</translation>
    </message>
    <message>
        <source>The program {0} ended ({1}) before it answered.</source>
        <translation>程序 {0} 在响应之前已结束（{1}）。</translation>
    </message>
    <message>
        <source>The program {0} ended ({1}) before it answered. It said last: {2}</source>
        <translation>程序 {0} 在响应之前已结束（{1}）。它最后输出：{2}</translation>
    </message>
    <message>
        <source>The program {0} is asked too much at once under the same ids.</source>
        <translation>程序 {0} 在相同 ID 下同时收到过多请求。</translation>
    </message>
    <message>
        <source>The program {0} wants a secret.</source>
        <translation>程序 {0} 需要一项机密。</translation>
    </message>
    <message>
        <source>The program {0} wants {1} secrets, and its account has {2}.</source>
        <translation>程序 {0} 需要 {1} 项机密，而其账户有 {2} 项。</translation>
    </message>
    <message>
        <source>The program {0} was ended: {1}.</source>
        <translation>程序 {0} 已被结束：{1}。</translation>
    </message>
    <message>
        <source>The program {0} was started anew and does not answer.</source>
        <translation>程序 {0} 已重新启动但没有响应。</translation>
    </message>
    <message>
        <source>The program {0} was started anew and does not take the session up.</source>
        <translation>程序 {0} 已重新启动，且没有恢复该会话。</translation>
    </message>
    <message>
        <source>The proxy {0} does not lead to {1} (HTTP {2}).</source>
        <translation>代理 {0} 无法通向 {1}（HTTP {2}）。</translation>
    </message>
    <message>
        <source>The proxy {0} does not lead to {1}.</source>
        <translation>代理 {0} 无法通向 {1}。</translation>
    </message>
    <message>
        <source>The proxy {0} wants a user name and a password, and refuses those it got.</source>
        <translation>代理 {0} 需要用户名和密码，并拒绝了收到的信息。</translation>
    </message>
    <message>
        <source>The proxy {0} wants a user name and a password.</source>
        <translation>代理 {0} 需要用户名和密码。</translation>
    </message>
    <message>
        <source>The proxy {0}, which leads to {1}, cannot be reached: {2}.</source>
        <translation>无法访问通向 {1} 的代理 {0}：{2}。</translation>
    </message>
    <message>
        <source>The proxy&apos;s address is no address.</source>
        <translation>代理的地址不是有效地址。</translation>
    </message>
    <message>
        <source>The request did not come to its end.</source>
        <translation>请求没有完整到达。</translation>
    </message>
    <message>
        <source>The running Keyfob answers in a way that this command does not understand.</source>
        <translation>正在运行的 Keyfob 的响应方式此命令无法理解。</translation>
    </message>
    <message>
        <source>The secrets read back from the new store are not the ones that were written.</source>
        <translation>从新存储读回的机密与写入的不一致。</translation>
    </message>
    <message>
        <source>The server answered HTTP {0} and did not say why.</source>
        <translation>服务器返回 HTTP {0}，且未说明原因。</translation>
    </message>
    <message>
        <source>The server answered HTTP {0} and nothing that is JSON-RPC.</source>
        <translation>服务器返回 HTTP {0}，内容不是 JSON-RPC。</translation>
    </message>
    <message>
        <source>The server answered with {0}.</source>
        <translation>服务器返回了{0}。</translation>
    </message>
    <message>
        <source>The server answers HTTP {0}.</source>
        <translation>服务器返回 HTTP {0}。</translation>
    </message>
    <message>
        <source>The server asks again and again.</source>
        <translation>服务器反复询问。</translation>
    </message>
    <message>
        <source>The server asks for {0} by nothing, which this client has not said that it answers.</source>
        <translation>服务器未指明方式地请求 {0}，而此客户端没有声明会答复它。</translation>
    </message>
    <message>
        <source>The server asks for {0} by {1}, which this client has not said that it answers.</source>
        <translation>服务器通过 {1} 请求 {0}，而此客户端没有声明会答复它。</translation>
    </message>
    <message>
        <source>The server at {0} cannot be reached: {1}.</source>
        <translation>无法访问 {0} 的服务器：{1}。</translation>
    </message>
    <message>
        <source>The server at {0} wants messages sent to another place, and a credential goes to no other origin.</source>
        <translation>{0} 的服务器要求将消息发送到别处，而凭据不会发往其他来源。</translation>
    </message>
    <message>
        <source>The server at {0} {1}.</source>
        <translation>{0} 的服务器{1}。</translation>
    </message>
    <message>
        <source>The server cannot answer now (HTTP {0}).</source>
        <translation>服务器目前无法响应（HTTP {0}）。</translation>
    </message>
    <message>
        <source>The server did not list its tools in time.</source>
        <translation>服务器没有及时列出其工具。</translation>
    </message>
    <message>
        <source>The server does not answer `initialize`.</source>
        <translation>服务器没有响应 `initialize`。</translation>
    </message>
    <message>
        <source>The server does not answer.</source>
        <translation>服务器没有响应。</translation>
    </message>
    <message>
        <source>The server does not know this method.</source>
        <translation>服务器不认识此方法。</translation>
    </message>
    <message>
        <source>The server encodes its answer although it was asked not to.</source>
        <translation>服务器对其响应进行了编码，尽管已要求不要这样做。</translation>
    </message>
    <message>
        <source>The server encodes its tool list although it was asked not to.</source>
        <translation>服务器对其工具列表进行了编码，尽管已要求不要这样做。</translation>
    </message>
    <message>
        <source>The server ended its task as {0}.</source>
        <translation>服务器已结束其任务：{0}。</translation>
    </message>
    <message>
        <source>The server lies in your workspace: https://WORKSPACE.cloud.databricks.com/api/2.0/mcp/...</source>
        <translation>服务器位于您的工作区：https://WORKSPACE.cloud.databricks.com/api/2.0/mcp/...</translation>
    </message>
    <message>
        <source>The server lists tools where it was not asked to.</source>
        <translation>服务器在未被要求的地方列出了工具。</translation>
    </message>
    <message>
        <source>The server no longer accepts the account {0}.</source>
        <translation>服务器不再接受账户 {0}。</translation>
    </message>
    <message>
        <source>The server no longer takes the credential (HTTP {0}).</source>
        <translation>服务器不再接受该凭据（HTTP {0}）。</translation>
    </message>
    <message>
        <source>The server no longer takes the credential of the call that asked.</source>
        <translation>服务器不再接受提出询问的那次调用的凭据。</translation>
    </message>
    <message>
        <source>The server redirects elsewhere, and a key follows no redirect.</source>
        <translation>服务器重定向到别处，而密钥不会跟随重定向。</translation>
    </message>
    <message>
        <source>The server refuses a fresh sign-in.</source>
        <translation>服务器拒绝新的登录。</translation>
    </message>
    <message>
        <source>The server refuses the account {0} although its sign-in is fresh.</source>
        <translation>服务器拒绝账户 {0}，尽管其登录是新的。</translation>
    </message>
    <message>
        <source>The server refuses this key.</source>
        <translation>服务器拒绝此密钥。</translation>
    </message>
    <message>
        <source>The server sent a header that HTTP does not allow.</source>
        <translation>服务器发送了 HTTP 不允许的标头。</translation>
    </message>
    <message>
        <source>The server sent an answer that is too long to be watched.</source>
        <translation>服务器发送的响应过长，无法检查。</translation>
    </message>
    <message>
        <source>The server sent an event that is too long.</source>
        <translation>服务器发送的事件过长。</translation>
    </message>
    <message>
        <source>The server takes this key, but it answers without one as well.</source>
        <translation>服务器接受此密钥，但没有密钥时也会响应。</translation>
    </message>
    <message>
        <source>The server takes this key.</source>
        <translation>服务器接受此密钥。</translation>
    </message>
    <message>
        <source>The server wants an address to be opened.</source>
        <translation>服务器要求打开一个地址。</translation>
    </message>
    <message>
        <source>The server {0} answers with HTTP {1}, which nobody asked for.</source>
        <translation>服务器 {0} 返回了无人请求的 HTTP {1}。</translation>
    </message>
    <message>
        <source>The server {0} begins no session for this tool&apos;s account (HTTP {1}).</source>
        <translation>服务器 {0} 不为此工具的账户开始会话（HTTP {1}）。</translation>
    </message>
    <message>
        <source>The server {0} has no group {1}.</source>
        <translation>服务器 {0} 没有组 {1}。</translation>
    </message>
    <message>
        <source>The server {0} redirects elsewhere, and a credential follows no redirect.</source>
        <translation>服务器 {0} 重定向到别处，而凭据不会跟随重定向。</translation>
    </message>
    <message>
        <source>The server {0} refuses the account&apos;s credential again and again.</source>
        <translation>服务器 {0} 一再拒绝该账户的凭据。</translation>
    </message>
    <message>
        <source>The server {0} refuses this with the account none (HTTP {1}).</source>
        <translation>服务器 {0} 拒绝无账户的此操作（HTTP {1}）。</translation>
    </message>
    <message>
        <source>The server {0} refuses this with the account {1} (HTTP {2}).</source>
        <translation>服务器 {0} 拒绝以账户 {1} 进行此操作（HTTP {2}）。</translation>
    </message>
    <message>
        <source>The server {0} wants a sign-in.</source>
        <translation>服务器 {0} 要求登录。</translation>
    </message>
    <message>
        <source>The server {0} wants more rights for this.</source>
        <translation>服务器 {0} 为此要求更多权限。</translation>
    </message>
    <message>
        <source>The server {0} wants more rights than the account {1} has.</source>
        <translation>服务器 {0} 要求的权限超出账户 {1} 所拥有的。</translation>
    </message>
    <message>
        <source>The server {0} wants scopes that the account {1} was asked for already.</source>
        <translation>服务器 {0} 要求的权限已向账户 {1} 请求过。</translation>
    </message>
    <message>
        <source>The server&apos;s address ends with your organization: https://mcp.dev.azure.com/ORGANIZATION.</source>
        <translation>服务器地址以您的组织结尾：https://mcp.dev.azure.com/ORGANIZATION。</translation>
    </message>
    <message>
        <source>The server&apos;s answer broke off before it was complete.</source>
        <translation>服务器的响应在完成之前中断。</translation>
    </message>
    <message>
        <source>The server&apos;s answer ended before it was complete.</source>
        <translation>服务器的响应在完成之前结束。</translation>
    </message>
    <message>
        <source>The server&apos;s answer is longer than 64 MiB.</source>
        <translation>服务器的响应超过 64 MiB。</translation>
    </message>
    <message>
        <source>The server&apos;s answer is too long to be watched.</source>
        <translation>服务器的响应过长，无法检查。</translation>
    </message>
    <message>
        <source>The server&apos;s answer is too long.</source>
        <translation>服务器的响应过长。</translation>
    </message>
    <message>
        <source>The server&apos;s answer says that it is of two kinds.</source>
        <translation>服务器的响应声明自己属于两种类型。</translation>
    </message>
    <message>
        <source>The server&apos;s answer was left before it ended.</source>
        <translation>服务器的响应在结束之前被放弃。</translation>
    </message>
    <message>
        <source>The server&apos;s event stream has ended.</source>
        <translation>服务器的事件流已结束。</translation>
    </message>
    <message>
        <source>The server&apos;s tool list is nested too deep.</source>
        <translation>服务器的工具列表嵌套过深。</translation>
    </message>
    <message>
        <source>The server&apos;s tool list is not JSON.</source>
        <translation>服务器的工具列表不是 JSON。</translation>
    </message>
    <message>
        <source>The server&apos;s tool list is too long.</source>
        <translation>服务器的工具列表过长。</translation>
    </message>
    <message>
        <source>The servers that were moved are back; the file has changed since.</source>
        <translation>移走的服务器已放回；文件此后已更改。</translation>
    </message>
    <message>
        <source>The session at the server has ended.</source>
        <translation>与服务器的会话已结束。</translation>
    </message>
    <message>
        <source>The session is over.</source>
        <translation>会话已结束。</translation>
    </message>
    <message>
        <source>The sign-in of the account {0} has ended.</source>
        <translation>账户 {0} 的登录已失效。</translation>
    </message>
    <message>
        <source>The sign-in of {0} has ended.{1}</source>
        <translation>{0} 的登录已失效。{1}</translation>
    </message>
    <message>
        <source>The sign-in waits for you in the browser.</source>
        <translation>登录正在浏览器中等待您。</translation>
    </message>
    <message>
        <source>The sign-in was declined.</source>
        <translation>登录被拒绝。</translation>
    </message>
    <message>
        <source>The site is chosen on Atlassian&apos;s own page; connect once for each.</source>
        <translation>站点在 Atlassian 自己的页面上选择；每个站点需分别连接。</translation>
    </message>
    <message>
        <source>The store is shut.</source>
        <translation>存储已关闭。</translation>
    </message>
    <message>
        <source>The system</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>The system names no certificates that can be read.</source>
        <translation>系统没有提供可读取的证书。</translation>
    </message>
    <message>
        <source>The token endpoint answers some errors with HTTP 200.</source>
        <translation>令牌端点对某些错误返回 HTTP 200。</translation>
    </message>
    <message>
        <source>The way out is a proxy of the kind {0}, which Keyfob cannot use.</source>
        <translation>出口是 {0} 类型的代理，Keyfob 无法使用。</translation>
    </message>
    <message>
        <source>The way out is the Dev Mode server of the Figma app on this machine, which needs no account.</source>
        <translation>可改用本机 Figma 应用的 Dev Mode 服务器，它不需要账户。</translation>
    </message>
    <message>
        <source>The {0} does not answer.</source>
        <translation>{0} 没有响应。</translation>
    </message>
    <message>
        <source>The {0} is locked.</source>
        <translation>{0} 已锁定。</translation>
    </message>
    <message>
        <source>The {0} is not available: {1}</source>
        <translation>{0} 不可用：{1}</translation>
    </message>
    <message>
        <source>The {0} is {1}.</source>
        <translation>{0}：{1}。</translation>
    </message>
    <message>
        <source>The {0} of {1} is {2}, which is not a safe address.</source>
        <translation>{1} 的 {0} 是 {2}，这不是安全地址。</translation>
    </message>
    <message>
        <source>There are {0} sessions with this program already.</source>
        <translation>与此程序的会话已有 {0} 个。</translation>
    </message>
    <message>
        <source>There is a sandbox under an address of its own.</source>
        <translation>沙盒使用单独的地址。</translation>
    </message>
    <message>
        <source>There is no MCP server at this address (HTTP {0}).</source>
        <translation>此地址没有 MCP 服务器（HTTP {0}）。</translation>
    </message>
    <message>
        <source>There is no account named {0}.</source>
        <translation>没有名为 {0} 的账户。</translation>
    </message>
    <message>
        <source>There is no client named {0}.</source>
        <translation>没有名为 {0} 的客户端。</translation>
    </message>
    <message>
        <source>There is no keychain that Keyfob can use.</source>
        <translation>没有 Keyfob 可以使用的钥匙串。</translation>
    </message>
    <message>
        <source>There is no keychain that Keyfob can use.{0}</source>
        <translation>没有 Keyfob 可以使用的钥匙串。{0}</translation>
    </message>
    <message>
        <source>There is no program {0} any more.</source>
        <translation>程序 {0} 已不存在。</translation>
    </message>
    <message>
        <source>There is no provider {0}.</source>
        <translation>没有提供商 {0}。</translation>
    </message>
    <message>
        <source>There is no rule {0}.</source>
        <translation>没有规则 {0}。</translation>
    </message>
    <message>
        <source>There is no server named {0}.</source>
        <translation>没有名为 {0} 的服务器。</translation>
    </message>
    <message>
        <source>There is no session</source>
        <translation>没有会话</translation>
    </message>
    <message>
        <source>There is no session {0}.</source>
        <translation>没有会话 {0}。</translation>
    </message>
    <message>
        <source>There is no such session.</source>
        <translation>没有这样的会话。</translation>
    </message>
    <message>
        <source>There is no such session: begin with `initialize`.</source>
        <translation>没有这样的会话：请以 `initialize` 开始。</translation>
    </message>
    <message>
        <source>There is not enough memory to make the key from the passphrase.</source>
        <translation>内存不足，无法由密码短语生成密钥。</translation>
    </message>
    <message>
        <source>There is nothing at this address. Clients reach Keyfob at /mcp and /s/SERVER/mcp, without a slash behind them.</source>
        <translation>此地址没有任何内容。客户端通过 /mcp 和 /s/SERVER/mcp 访问 Keyfob，末尾不带斜杠。</translation>
    </message>
    <message>
        <source>There is nothing to move.</source>
        <translation>没有可迁移的内容。</translation>
    </message>
    <message>
        <source>They may be removed: {0}</source>
        <translation>可以移除它们：{0}</translation>
    </message>
    <message>
        <source>This Keyfob does not know {0}.</source>
        <translation>此 Keyfob 不认识 {0}。</translation>
    </message>
    <message>
        <source>This answer belongs to another sign-in.</source>
        <translation>此应答属于另一次登录。</translation>
    </message>
    <message>
        <source>This client token serves {0} only.</source>
        <translation>此客户端令牌仅用于 {0}。</translation>
    </message>
    <message>
        <source>This client was revoked.</source>
        <translation>此客户端已被撤销。</translation>
    </message>
    <message>
        <source>This is a fault in Keyfob: its log says where. Please report it.</source>
        <translation>这是 Keyfob 的错误：其日志中有位置。请报告。</translation>
    </message>
    <message>
        <source>Tick Enable Device Flow and register the app.</source>
        <translation>勾选 Enable Device Flow 并注册应用。</translation>
    </message>
    <message>
        <source>To</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>To take Keyfob&apos;s own entry out: `keyfob client undo {0}`.</source>
        <translation>要移除 Keyfob 自己的条目：`keyfob client undo {0}`。</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>令牌</translation>
    </message>
    <message>
        <source>Tokens end after an hour where the app has token rotation on.</source>
        <translation>如果应用启用了令牌轮换，令牌一小时后失效。</translation>
    </message>
    <message>
        <source>Too many wrong tokens came from here.</source>
        <translation>来自此处的错误令牌过多。</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Try again in a moment.</source>
        <translation>请稍后重试。</translation>
    </message>
    <message>
        <source>Try again in a while.</source>
        <translation>请过一会儿重试。</translation>
    </message>
    <message>
        <source>Try again in {0} seconds, with a good token.</source>
        <translation>请在 {0} 秒后用有效令牌重试。</translation>
    </message>
    <message>
        <source>Try again, or download it and give the file.</source>
        <translation>请重试，或下载后提供文件。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>请重试。</translation>
    </message>
    <message>
        <source>Try again; if it stays so, ask whoever runs that server.</source>
        <translation>请重试；如果仍然如此，请联系该服务器的管理方。</translation>
    </message>
    <message>
        <source>Try again; look at Caps Lock and the keyboard&apos;s language.</source>
        <translation>请重试；注意大写锁定和键盘语言。</translation>
    </message>
    <message>
        <source>Try with a key of the test mode first: it begins with rk_test_.</source>
        <translation>请先用测试模式的密钥试用：它以 rk_test_ 开头。</translation>
    </message>
    <message>
        <source>Under API permissions add Azure DevOps; copy the application (client) id.</source>
        <translation>在 API permissions 下添加 Azure DevOps；复制应用程序（客户端）ID。</translation>
    </message>
    <message>
        <source>Under API permissions add Power BI Service; copy the application (client) id.</source>
        <translation>在 API permissions 下添加 Power BI Service；复制应用程序（客户端）ID。</translation>
    </message>
    <message>
        <source>Under Application Keys create one with the permission mcp_read, and mcp_write only if needed.</source>
        <translation>在 Application Keys 下创建具有 mcp_read 权限的密钥，仅在需要时加 mcp_write。</translation>
    </message>
    <message>
        <source>Under Basic Information copy the client id and the client secret.</source>
        <translation>在 Basic Information 下复制客户端 ID 和客户端机密。</translation>
    </message>
    <message>
        <source>Under Directory, Service accounts, create an API key.</source>
        <translation>在 Directory、Service accounts 下创建 API 密钥。</translation>
    </message>
    <message>
        <source>Under Keys add a key of the type JSON; the file is downloaded once.</source>
        <translation>在 Keys 下添加类型为 JSON 的密钥；文件只会下载一次。</translation>
    </message>
    <message>
        <source>Under OAuth &amp; Permissions add the redirect address that Keyfob shows.</source>
        <translation>在 OAuth &amp; Permissions 下添加 Keyfob 显示的重定向地址。</translation>
    </message>
    <message>
        <source>Under Organization Settings, API Keys, copy or create an API key.</source>
        <translation>在 Organization Settings、API Keys 下复制或创建 API 密钥。</translation>
    </message>
    <message>
        <source>Under Permissions choose no more than you need, such as Contents and Issues.</source>
        <translation>在 Permissions 下只选择所需的权限，例如 Contents 和 Issues。</translation>
    </message>
    <message>
        <source>Under User Token Scopes add what the app may do, such as search:read.public.</source>
        <translation>在 User Token Scopes 下添加应用可执行的操作，例如 search:read.public。</translation>
    </message>
    <message>
        <source>Undo a removal</source>
        <translation>撤销移除</translation>
    </message>
    <message>
        <source>Unknown arguments: {0}. Known: none.</source>
        <translation>未知参数：{0}。已知：无。</translation>
    </message>
    <message>
        <source>Unknown arguments: {0}. Known: {1}.</source>
        <translation>未知参数：{0}。已知：{1}。</translation>
    </message>
    <message>
        <source>Unlock Keyfob</source>
        <translation>解锁 Keyfob</translation>
    </message>
    <message>
        <source>Unlock Keyfob?</source>
        <translation>解锁 Keyfob？</translation>
    </message>
    <message>
        <source>Unlock it in Keyfob, or with `keyfob unlock`.</source>
        <translation>请在 Keyfob 中或用 `keyfob unlock` 解锁。</translation>
    </message>
    <message>
        <source>Unlock it in Keyfob, or with `keyfob unlock`. `[lock] idle` in config.toml, or the page Settings, sets that time.</source>
        <translation>请在 Keyfob 中或用 `keyfob unlock` 解锁。该时间由 config.toml 中的 `[lock] idle` 或“设置”页面设定。</translation>
    </message>
    <message>
        <source>Unlock it in Keyfob, or with `keyfob unlock`. `[lock] screen = false` in config.toml, or the page Settings, lets programs work on while the screen is locked.</source>
        <translation>请在 Keyfob 中或用 `keyfob unlock` 解锁。config.toml 中的 `[lock] screen = false` 或“设置”页面可让程序在锁屏时继续工作。</translation>
    </message>
    <message>
        <source>Unlock it. What locks it by itself stands on the page Settings.</source>
        <translation>请解锁。自动锁定的条件见“设置”页面。</translation>
    </message>
    <message>
        <source>Unlock the keychain, then look again.</source>
        <translation>请解锁钥匙串，然后再次查看。</translation>
    </message>
    <message>
        <source>Unlock the keychain; Keyfob goes on by itself.</source>
        <translation>请解锁钥匙串；Keyfob 会自动继续。</translation>
    </message>
    <message>
        <source>Unlock the login keychain (log in at the screen, or run `security unlock-keychain`), then try again.</source>
        <translation>请解锁登录钥匙串（在屏幕前登录，或运行 `security unlock-keychain`），然后重试。</translation>
    </message>
    <message>
        <source>Unlock the login keyring (log in to the desktop, or open its passwords app), then try again.</source>
        <translation>请解锁登录密钥环（登录桌面，或打开其密码应用），然后重试。</translation>
    </message>
    <message>
        <source>Unlock…</source>
        <translation>解锁…</translation>
    </message>
    <message>
        <source>Update the client.</source>
        <translation>请更新客户端。</translation>
    </message>
    <message>
        <source>Use 1 to 65535, or 0 for any.</source>
        <translation>请使用 1 到 65535，或 0 表示任意。</translation>
    </message>
    <message>
        <source>Use Figma&apos;s MCP server with the files you can open</source>
        <translation>对您可打开的文件使用 Figma 的 MCP 服务器</translation>
    </message>
    <message>
        <source>Use allow, ask or deny.</source>
        <translation>请使用 allow、ask 或 deny。</translation>
    </message>
    <message>
        <source>Use another id.</source>
        <translation>请使用其他 ID。</translation>
    </message>
    <message>
        <source>Use another name.</source>
        <translation>请使用其他名称。</translation>
    </message>
    <message>
        <source>Use ask or off.</source>
        <translation>请使用 ask 或 off。</translation>
    </message>
    <message>
        <source>Use auto, streamable or sse.</source>
        <translation>请使用 auto、streamable 或 sse。</translation>
    </message>
    <message>
        <source>Use env = {{ NAME = &quot;{{secret}}&quot; }} instead.</source>
        <translation>请改用 env = {{ NAME = &quot;{{secret}}&quot; }}。</translation>
    </message>
    <message>
        <source>Use header, query or basic.</source>
        <translation>请使用 header、query 或 basic。</translation>
    </message>
    <message>
        <source>Use https, or download it and give the file.</source>
        <translation>请使用 https，或下载后提供文件。</translation>
    </message>
    <message>
        <source>Use https://*.host.tld.</source>
        <translation>请使用 https://*.host.tld。</translation>
    </message>
    <message>
        <source>Use https://host.</source>
        <translation>请使用 https://host。</translation>
    </message>
    <message>
        <source>Use letters, digits, &apos;.&apos;, &apos;-&apos; and single &apos;_&apos;, at most 63, a letter or digit first.</source>
        <translation>请使用字母、数字、&apos;.&apos;、&apos;-&apos; 和单个 &apos;_&apos;，最多 63 个字符，以字母或数字开头。</translation>
    </message>
    <message>
        <source>Use letters, digits, spaces and . ( ) + - _, at most 63, a letter or digit first.</source>
        <translation>请使用字母、数字、空格和 . ( ) + - _，最多 63 个字符，以字母或数字开头。</translation>
    </message>
    <message>
        <source>Use list or search.</source>
        <translation>请使用 list 或 search。</translation>
    </message>
    <message>
        <source>Use local, udp://HOST:PORT or tcp://HOST:PORT.</source>
        <translation>请使用 local、udp://HOST:PORT 或 tcp://HOST:PORT。</translation>
    </message>
    <message>
        <source>Use one like /callback.</source>
        <translation>请使用类似 /callback 的路径。</translation>
    </message>
    <message>
        <source>Use one like GITHUB_TOKEN.</source>
        <translation>请使用类似 GITHUB_TOKEN 的名称。</translation>
    </message>
    <message>
        <source>Use one like X-Api-Key.</source>
        <translation>请使用类似 X-Api-Key 的名称。</translation>
    </message>
    <message>
        <source>Use one like [&quot;mcpServers&quot;].</source>
        <translation>请使用类似 [&quot;mcpServers&quot;] 的值。</translation>
    </message>
    <message>
        <source>Use one like api_key.</source>
        <translation>请使用类似 api_key 的名称。</translation>
    </message>
    <message>
        <source>Use one like http://localhost:3118/callback.</source>
        <translation>请使用类似 http://localhost:3118/callback 的地址。</translation>
    </message>
    <message>
        <source>Use one of {0}.</source>
        <translation>请使用以下之一：{0}。</translation>
    </message>
    <message>
        <source>Use plain text.</source>
        <translation>请使用纯文本。</translation>
    </message>
    <message>
        <source>Use read-only.</source>
        <translation>请使用 read-only。</translation>
    </message>
    <message>
        <source>Use small letters, digits and single &apos;-&apos;.</source>
        <translation>请使用小写字母、数字和单个 &apos;-&apos;。</translation>
    </message>
    <message>
        <source>Use some of {0}.</source>
        <translation>请使用其中一些：{0}。</translation>
    </message>
    <message>
        <source>Use that one, or end it first.</source>
        <translation>请使用那一个，或先结束它。</translation>
    </message>
    <message>
        <source>Use the command of the same version.</source>
        <translation>请使用相同版本的命令。</translation>
    </message>
    <message>
        <source>Use the encrypted file that lies there, although Keyfob wrote a newer one?</source>
        <translation>使用那里的加密文件，尽管 Keyfob 写过更新的？</translation>
    </message>
    <message>
        <source>Use the header the server&apos;s page names.</source>
        <translation>请使用服务器页面所指明的标头。</translation>
    </message>
    <message>
        <source>Use tools=list or tools=search.</source>
        <translation>请使用 tools=list 或 tools=search。</translation>
    </message>
    <message>
        <source>Use {0} to {1}.</source>
        <translation>请使用 {0} 到 {1}。</translation>
    </message>
    <message>
        <source>Use {0}.</source>
        <translation>请使用 {0}。</translation>
    </message>
    <message>
        <source>Variable</source>
        <translation>变量</translation>
    </message>
    <message>
        <source>Verify it with `keyfob audit verify`, or on the page Activity.</source>
        <translation>请用 `keyfob audit verify` 或在“活动”页面验证。</translation>
    </message>
    <message>
        <source>Waiting for your answer in Keyfob.</source>
        <translation>正在 Keyfob 中等待您的答复。</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>What the app may do is chosen when it is made, not at the sign-in.</source>
        <translation>应用可执行的操作在创建时选择，而不是登录时。</translation>
    </message>
    <message>
        <source>What this allows</source>
        <translation>这将允许</translation>
    </message>
    <message>
        <source>What was moved is back, byte for byte as it was.</source>
        <translation>移走的内容已逐字节放回原样。</translation>
    </message>
    <message>
        <source>What was renewed since then</source>
        <translation>此后续期过的内容</translation>
    </message>
    <message>
        <source>Where you do want it, write it into config.toml by hand.</source>
        <translation>如果确实需要，请手动写入 config.toml。</translation>
    </message>
    <message>
        <source>Which groups of tools may be used is chosen on Sentry&apos;s own page. Add /ORGANIZATION or /ORGANIZATION/PROJECT to the address to narrow it.</source>
        <translation>可使用的工具组在 Sentry 自己的页面上选择。在地址后加 /ORGANIZATION 或 /ORGANIZATION/PROJECT 可缩小范围。</translation>
    </message>
    <message>
        <source>Which tools there are is chosen on Zapier&apos;s page; take your own server&apos;s address from there.</source>
        <translation>可用工具在 Zapier 页面上选择；请从那里获取您自己服务器的地址。</translation>
    </message>
    <message>
        <source>Windows knows no capitals in such names.</source>
        <translation>Windows 在此类名称中不区分大小写。</translation>
    </message>
    <message>
        <source>Without it a code can be stolen. Ask whoever runs that server to switch it on.</source>
        <translation>没有它，代码可能被窃取。请联系该服务器的管理方启用它。</translation>
    </message>
    <message>
        <source>Workspaces hosted in Australia are not served.</source>
        <translation>不支持托管在澳大利亚的工作区。</translation>
    </message>
    <message>
        <source>Write an entry for Keyfob into {0}&apos;s configuration?</source>
        <translation>将 Keyfob 的条目写入 {0} 的配置？</translation>
    </message>
    <message>
        <source>Write comments</source>
        <translation>撰写评论</translation>
    </message>
    <message>
        <source>Write drafts and send mail in your name</source>
        <translation>撰写草稿并以您的名义发送邮件</translation>
    </message>
    <message>
        <source>Write env = {{ NAME = &quot;{0}&quot; }} into [servers.{1}] first.</source>
        <translation>请先将 env = {{ NAME = &quot;{0}&quot; }} 写入 [servers.{1}]。</translation>
    </message>
    <message>
        <source>Write it anew by `keyfob client add {0}`, or let it be by `keyfob client undo {1}`.</source>
        <translation>请用 `keyfob client add {0}` 重新写入，或用 `keyfob client undo {1}` 撤销。</translation>
    </message>
    <message>
        <source>Write it like &quot;Bearer {{key}}&quot;.</source>
        <translation>请写成类似 &quot;Bearer {{key}}&quot;。</translation>
    </message>
    <message>
        <source>Write it like &quot;{{username}}:{{key}}&quot;.</source>
        <translation>请写成类似 &quot;{{username}}:{{key}}&quot;。</translation>
    </message>
    <message>
        <source>Write it out.</source>
        <translation>请写出完整路径。</translation>
    </message>
    <message>
        <source>Write secrets into a client&apos;s file</source>
        <translation>将机密写入客户端的文件</translation>
    </message>
    <message>
        <source>Write the entry where that file is made, as `--dry-run` shows it, or make it writable.</source>
        <translation>请在生成该文件的地方写入 `--dry-run` 所示的条目，或使其可写。</translation>
    </message>
    <message>
        <source>Write them into HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT, each with its special characters percent-encoded, and start Keyfob again.</source>
        <translation>请将其以 http://USER:PASSWORD@HOST:PORT 的形式写入 HTTPS_PROXY，特殊字符用百分号编码，然后重新启动 Keyfob。</translation>
    </message>
    <message>
        <source>You asked for it.</source>
        <translation>这是您请求的。</translation>
    </message>
    <message>
        <source>Your secrets are in {0}, and it is open.</source>
        <translation>您的机密存放在 {0} 中，且已打开。</translation>
    </message>
    <message>
        <source>`keyfob config check` shows them, `keyfob config accept` puts them in force.</source>
        <translation>`keyfob config check` 会显示它们，`keyfob config accept` 会使其生效。</translation>
    </message>
    <message>
        <source>`keyfob resume` lets calls pass again.</source>
        <translation>`keyfob resume` 会重新放行调用。</translation>
    </message>
    <message>
        <source>`keyfob store unlock --accept-older`.</source>
        <translation>`keyfob store unlock --accept-older`。</translation>
    </message>
    <message>
        <source>a &apos;,&apos; is missing</source>
        <translation>缺少 &apos;,&apos;</translation>
    </message>
    <message>
        <source>a &apos;:&apos; is missing</source>
        <translation>缺少 &apos;:&apos;</translation>
    </message>
    <message>
        <source>a GitHub App&apos;s key is an RSA key</source>
        <translation>GitHub 应用的密钥是 RSA 密钥</translation>
    </message>
    <message>
        <source>a Google service account needs at least one scope</source>
        <translation>Google 服务账户至少需要一项权限</translation>
    </message>
    <message>
        <source>a client secret</source>
        <translation>客户端机密</translation>
    </message>
    <message>
        <source>a code that cannot be shown</source>
        <translation>无法显示的代码</translation>
    </message>
    <message>
        <source>a cookie {0}, which is not sent</source>
        <translation>Cookie {0}，不会发送</translation>
    </message>
    <message>
        <source>a key in the {0} {1}</source>
        <translation>{0} {1} 中的密钥</translation>
    </message>
    <message>
        <source>a long run of base64</source>
        <translation>一长串 base64</translation>
    </message>
    <message>
        <source>a long run of empty lines</source>
        <translation>一长串空行</translation>
    </message>
    <message>
        <source>a name in double quotes is missing</source>
        <translation>缺少双引号中的名称</translation>
    </message>
    <message>
        <source>a new account</source>
        <translation>新账户</translation>
    </message>
    <message>
        <source>a new server at {0}</source>
        <translation>位于 {0} 的新服务器</translation>
    </message>
    <message>
        <source>a private key</source>
        <translation>私钥</translation>
    </message>
    <message>
        <source>a token of the type {0}</source>
        <translation>类型为 {0} 的令牌</translation>
    </message>
    <message>
        <source>a token without its expiry</source>
        <translation>没有到期时间的令牌</translation>
    </message>
    <message>
        <source>a tool uses another account</source>
        <translation>某个工具使用其他账户</translation>
    </message>
    <message>
        <source>a user name or password in the URL would be kept in plain text</source>
        <translation>URL 中的用户名或密码会以明文保存</translation>
    </message>
    <message>
        <source>a value is missing</source>
        <translation>缺少值</translation>
    </message>
    <message>
        <source>an access token that no header can carry</source>
        <translation>标头无法携带的访问令牌</translation>
    </message>
    <message>
        <source>an address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>an address with a password</source>
        <translation>带密码的地址</translation>
    </message>
    <message>
        <source>an answer without an ID token</source>
        <translation>没有 ID 令牌的响应</translation>
    </message>
    <message>
        <source>an answer without an access token</source>
        <translation>没有访问令牌的响应</translation>
    </message>
    <message>
        <source>an answer without {0}</source>
        <translation>没有 {0} 的响应</translation>
    </message>
    <message>
        <source>an incomplete device code</source>
        <translation>不完整的设备代码</translation>
    </message>
    <message>
        <source>an unnamed server</source>
        <translation>未署名的服务器</translation>
    </message>
    <message>
        <source>and leads to {0}</source>
        <translation>并指向 {0}</translation>
    </message>
    <message>
        <source>another token than an ID-JAG</source>
        <translation>不是 ID-JAG 的令牌</translation>
    </message>
    <message>
        <source>answers HTTP {0} and opens no stream</source>
        <translation>返回 HTTP {0} 且没有打开流</translation>
    </message>
    <message>
        <source>are missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>argument {0}</source>
        <translation>参数 {0}</translation>
    </message>
    <message>
        <source>as long as it stays as it was</source>
        <translation>（只要它保持不变）</translation>
    </message>
    <message>
        <source>asks before it calls</source>
        <translation>调用前先询问</translation>
    </message>
    <message>
        <source>asks for files or keys</source>
        <translation>索取文件或密钥</translation>
    </message>
    <message>
        <source>asks for the conversation</source>
        <translation>索取对话内容</translation>
    </message>
    <message>
        <source>asks you to sign in again</source>
        <translation>会要求您重新登录</translation>
    </message>
    <message>
        <source>belongs to another user</source>
        <translation>属于另一个用户</translation>
    </message>
    <message>
        <source>by signal {0}</source>
        <translation>因信号 {0}</translation>
    </message>
    <message>
        <source>call {0}</source>
        <translation>调用 {0}</translation>
    </message>
    <message>
        <source>cannot be added to</source>
        <translation>无法追加内容</translation>
    </message>
    <message>
        <source>cannot be an id</source>
        <translation>不能作为 id</translation>
    </message>
    <message>
        <source>cannot be opened ({0})</source>
        <translation>无法打开（{0}）</translation>
    </message>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>cannot be read: {0}</source>
        <translation>无法读取：{0}</translation>
    </message>
    <message>
        <source>cannot be sent</source>
        <translation>无法发送</translation>
    </message>
    <message>
        <source>cannot be used as a private folder ({0})</source>
        <translation>无法用作私有文件夹（{0}）</translation>
    </message>
    <message>
        <source>cannot be written ({0})</source>
        <translation>无法写入（{0}）</translation>
    </message>
    <message>
        <source>cannot be written: {0}</source>
        <translation>无法写入：{0}</translation>
    </message>
    <message>
        <source>cannot be {0} ({1})</source>
        <translation>访问失败，{0}（{1}）</translation>
    </message>
    <message>
        <source>cannot carry so long a secret</source>
        <translation>无法携带这么长的机密</translation>
    </message>
    <message>
        <source>cannot hold a name that is not in UTF-8</source>
        <translation>无法保存不是 UTF-8 编码的名称</translation>
    </message>
    <message>
        <source>characters that turn the direction of writing</source>
        <translation>改变书写方向的字符</translation>
    </message>
    <message>
        <source>config.toml is in order.</source>
        <translation>config.toml 正常。</translation>
    </message>
    <message>
        <source>config.toml is not in force as it is: {0}</source>
        <translation>config.toml 的当前内容未生效：{0}</translation>
    </message>
    <message>
        <source>control characters</source>
        <translation>控制字符</translation>
    </message>
    <message>
        <source>date and time</source>
        <translation>日期和时间</translation>
    </message>
    <message>
        <source>delete Keyfob&apos;s registration</source>
        <translation>删除 Keyfob 的注册</translation>
    </message>
    <message>
        <source>does not go with a command</source>
        <translation>不能与命令同时使用</translation>
    </message>
    <message>
        <source>does not go with annotations</source>
        <translation>不能与 annotations 同时使用</translation>
    </message>
    <message>
        <source>does not go with command</source>
        <translation>不能与 command 同时使用</translation>
    </message>
    <message>
        <source>does not say {0} = &apos;{{name}}&apos;</source>
        <translation>没有写明 {0} = &apos;{{name}}&apos;</translation>
    </message>
    <message>
        <source>encrypted file</source>
        <translation>加密文件</translation>
    </message>
    <message>
        <source>ends its stream and has not said where messages go</source>
        <translation>结束了流，但没有说明消息发往何处</translation>
    </message>
    <message>
        <source>event {0} is missing here: the line says {1}</source>
        <translation>此处缺少事件 {0}：该行写的是 {1}</translation>
    </message>
    <message>
        <source>events before this line were cut off, as it says</source>
        <translation>如该行所述，它之前的事件已被截去</translation>
    </message>
    <message>
        <source>every client</source>
        <translation>所有客户端</translation>
    </message>
    <message>
        <source>every client asks before it calls every tool{0}{1} of every server{2}{3}</source>
        <translation>所有客户端调用前先询问：所有服务器的所有工具{0}{1}{2}{3}</translation>
    </message>
    <message>
        <source>every client asks before it calls every tool{0}{1} of {2}{3}{4}</source>
        <translation>所有客户端调用前先询问： {2} 的所有工具{0}{1}{3}{4}</translation>
    </message>
    <message>
        <source>every client asks before it calls {0}{1}{2} of every server{3}{4}</source>
        <translation>所有客户端调用前先询问：所有服务器的 {0}{1}{2}{3}{4}</translation>
    </message>
    <message>
        <source>every client asks before it calls {0}{1}{2} of {3}{4}{5}</source>
        <translation>所有客户端调用前先询问： {3} 的 {0}{1}{2}{4}{5}</translation>
    </message>
    <message>
        <source>every client may call every tool{0}{1} of every server{2}{3}</source>
        <translation>所有客户端可以调用所有服务器的所有工具{0}{1}{2}{3}</translation>
    </message>
    <message>
        <source>every client may call every tool{0}{1} of {2}{3}{4}</source>
        <translation>所有客户端可以调用 {2} 的所有工具{0}{1}{3}{4}</translation>
    </message>
    <message>
        <source>every client may call {0}{1}{2} of every server{3}{4}</source>
        <translation>所有客户端可以调用所有服务器的 {0}{1}{2}{3}{4}</translation>
    </message>
    <message>
        <source>every client may call {0}{1}{2} of {3}{4}{5}</source>
        <translation>所有客户端可以调用 {3} 的 {0}{1}{2}{4}{5}</translation>
    </message>
    <message>
        <source>every client may never call every tool{0}{1} of every server{2}{3}</source>
        <translation>所有客户端绝不可调用所有服务器的所有工具{0}{1}{2}{3}</translation>
    </message>
    <message>
        <source>every client may never call every tool{0}{1} of {2}{3}{4}</source>
        <translation>所有客户端绝不可调用 {2} 的所有工具{0}{1}{3}{4}</translation>
    </message>
    <message>
        <source>every client may never call {0}{1}{2} of every server{3}{4}</source>
        <translation>所有客户端绝不可调用所有服务器的 {0}{1}{2}{3}{4}</translation>
    </message>
    <message>
        <source>every client may never call {0}{1}{2} of {3}{4}{5}</source>
        <translation>所有客户端绝不可调用 {3} 的 {0}{1}{2}{4}{5}</translation>
    </message>
    <message>
        <source>every server</source>
        <translation>所有服务器</translation>
    </message>
    <message>
        <source>every tool</source>
        <translation>所有工具</translation>
    </message>
    <message>
        <source>field {0}{1}</source>
        <translation>字段 {0}{1}</translation>
    </message>
    <message>
        <source>for a line of more than {0} MiB</source>
        <translation>因一行超过 {0} MiB</translation>
    </message>
    <message>
        <source>for something that Keyfob failed at</source>
        <translation>因 Keyfob 处理失败的内容</translation>
    </message>
    <message>
        <source>goes with it</source>
        <translation>随其移动</translation>
    </message>
    <message>
        <source>group {0}</source>
        <translation>组 {0}</translation>
    </message>
    <message>
        <source>has a character that no command line can hold</source>
        <translation>含有命令行无法容纳的字符</translation>
    </message>
    <message>
        <source>has a character that no variable can hold</source>
        <translation>含有变量无法容纳的字符</translation>
    </message>
    <message>
        <source>has a colon, which a user name cannot have</source>
        <translation>含有冒号，而用户名不能有冒号</translation>
    </message>
    <message>
        <source>has a form that is composed of too many schemas</source>
        <translation>由过多的模式组合而成</translation>
    </message>
    <message>
        <source>has a key that is no text</source>
        <translation>含有不是文本的键</translation>
    </message>
    <message>
        <source>has a quote that is never closed</source>
        <translation>有未闭合的引号</translation>
    </message>
    <message>
        <source>has a user name or password in it</source>
        <translation>含有用户名或密码</translation>
    </message>
    <message>
        <source>has a value that JSON has not ({0})</source>
        <translation>含有 JSON 没有的值（{0}）</translation>
    </message>
    <message>
        <source>has changed since you saw what would be written</source>
        <translation>自您查看将写入的内容之后已更改</translation>
    </message>
    <message>
        <source>has characters that cannot stand there</source>
        <translation>含有那里不允许的字符</translation>
    </message>
    <message>
        <source>has letters that no header can carry</source>
        <translation>含有标头无法携带的字符</translation>
    </message>
    <message>
        <source>has more than {0} values</source>
        <translation>含有超过 {0} 个值</translation>
    </message>
    <message>
        <source>has no form</source>
        <translation>没有形式</translation>
    </message>
    <message>
        <source>has no source that could confirm it</source>
        <translation>没有可以证实它的来源</translation>
    </message>
    <message>
        <source>has no time zone</source>
        <translation>没有时区</translation>
    </message>
    <message>
        <source>has no {0}</source>
        <translation>没有 {0}</translation>
    </message>
    <message>
        <source>has not been read</source>
        <translation>尚未读取</translation>
    </message>
    <message>
        <source>has the slot {{{0}}}, which means nothing there</source>
        <translation>含有占位符 {{{0}}}，它在那里没有意义</translation>
    </message>
    <message>
        <source>has too many backups</source>
        <translation>备份过多</translation>
    </message>
    <message>
        <source>have more than {0} operations</source>
        <translation>含有超过 {0} 个操作</translation>
    </message>
    <message>
        <source>have no operation that can be a tool</source>
        <translation>没有可以作为工具的操作</translation>
    </message>
    <message>
        <source>have operations whose schemas are too much together</source>
        <translation>含有的操作其模式合计过大</translation>
    </message>
    <message>
        <source>have schemas that are too much together</source>
        <translation>含有的模式合计过大</translation>
    </message>
    <message>
        <source>header {0}</source>
        <translation>标头 {0}</translation>
    </message>
    <message>
        <source>hidden tag characters</source>
        <translation>隐藏的标签字符</translation>
    </message>
    <message>
        <source>hides words in a comment</source>
        <translation>在注释中隐藏文字</translation>
    </message>
    <message>
        <source>in the group {0}</source>
        <translation>（组 {0}）</translation>
    </message>
    <message>
        <source>is UTF-16</source>
        <translation>是 UTF-16</translation>
    </message>
    <message>
        <source>is a folder that users share</source>
        <translation>是用户共享的文件夹</translation>
    </message>
    <message>
        <source>is a name of Keyfob&apos;s own</source>
        <translation>是 Keyfob 自己的名称</translation>
    </message>
    <message>
        <source>is another port at every start</source>
        <translation>每次启动都是不同的端口</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>为空</translation>
    </message>
    <message>
        <source>is empty or has characters that cannot be sent</source>
        <translation>为空，或含有无法发送的字符</translation>
    </message>
    <message>
        <source>is fetched without TLS, and anybody on the way could change it</source>
        <translation>未使用 TLS 获取，途中任何人都可能更改它</translation>
    </message>
    <message>
        <source>is for a program</source>
        <translation>用于程序</translation>
    </message>
    <message>
        <source>is for a server with a command</source>
        <translation>用于带命令的服务器</translation>
    </message>
    <message>
        <source>is longer than a hundred years</source>
        <translation>超过一百年</translation>
    </message>
    <message>
        <source>is longer than {0} MiB</source>
        <translation>超过 {0} MiB</translation>
    </message>
    <message>
        <source>is longer than {0} MiB as JSON</source>
        <translation>作为 JSON 超过 {0} MiB</translation>
    </message>
    <message>
        <source>is missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>is missing from the key file</source>
        <translation>在密钥文件中缺失</translation>
    </message>
    <message>
        <source>is missing or empty</source>
        <translation>缺失或为空</translation>
    </message>
    <message>
        <source>is missing: a program has no address to sign in at</source>
        <translation>缺失：程序没有可登录的地址</translation>
    </message>
    <message>
        <source>is neither an app&apos;s id nor its client id</source>
        <translation>既不是应用的 id，也不是其客户端 id</translation>
    </message>
    <message>
        <source>is nested deeper than {0}</source>
        <translation>嵌套超过 {0}</translation>
    </message>
    <message>
        <source>is nested deeper than {0} levels</source>
        <translation>嵌套超过 {0} 层</translation>
    </message>
    <message>
        <source>is nested too deep</source>
        <translation>嵌套过深</translation>
    </message>
    <message>
        <source>is no ID token: it is not a signed JWT with iss, sub, aud and exp</source>
        <translation>不是 ID 令牌：它不是带有 iss、sub、aud 和 exp 的已签名 JWT</translation>
    </message>
    <message>
        <source>is no JSON</source>
        <translation>不是 JSON</translation>
    </message>
    <message>
        <source>is no JSON text</source>
        <translation>不是 JSON 文本</translation>
    </message>
    <message>
        <source>is no OpenAPI document: it has no keys</source>
        <translation>不是 OpenAPI 文档：没有键</translation>
    </message>
    <message>
        <source>is no TOML: {0}</source>
        <translation>不是 TOML：{0}</translation>
    </message>
    <message>
        <source>is no UTF-8 (byte {0})</source>
        <translation>不是 UTF-8（第 {0} 字节）</translation>
    </message>
    <message>
        <source>is no YAML that Keyfob edits</source>
        <translation>不是 Keyfob 能编辑的 YAML</translation>
    </message>
    <message>
        <source>is no YAML that Keyfob edits: {0}</source>
        <translation>不是 Keyfob 能编辑的 YAML：{0}</translation>
    </message>
    <message>
        <source>is no command line</source>
        <translation>不是命令行</translation>
    </message>
    <message>
        <source>is no file</source>
        <translation>不是文件</translation>
    </message>
    <message>
        <source>is no private key in PEM or JWK form</source>
        <translation>不是 PEM 或 JWK 形式的私钥</translation>
    </message>
    <message>
        <source>is no setting</source>
        <translation>不是设置项</translation>
    </message>
    <message>
        <source>is no time that Keyfob can tell</source>
        <translation>不是 Keyfob 能表示的时间</translation>
    </message>
    <message>
        <source>is no variable&apos;s name</source>
        <translation>不是变量名</translation>
    </message>
    <message>
        <source>is not JSON</source>
        <translation>不是 JSON</translation>
    </message>
    <message>
        <source>is not JSON: {0}</source>
        <translation>不是 JSON：{0}</translation>
    </message>
    <message>
        <source>is not a JSON object</source>
        <translation>不是 JSON 对象</translation>
    </message>
    <message>
        <source>is not a key Keyfob knows</source>
        <translation>不是 Keyfob 认识的键</translation>
    </message>
    <message>
        <source>is not a number</source>
        <translation>不是数字</translation>
    </message>
    <message>
        <source>is not an absolute path</source>
        <translation>不是绝对路径</translation>
    </message>
    <message>
        <source>is not an argument of this command</source>
        <translation>不是此命令的参数</translation>
    </message>
    <message>
        <source>is not an https address</source>
        <translation>不是 https 地址</translation>
    </message>
    <message>
        <source>is not as OpenAPI says, in too many places</source>
        <translation>有过多地方不符合 OpenAPI 规范</translation>
    </message>
    <message>
        <source>is not as OpenAPI says: {0}</source>
        <translation>不符合 OpenAPI 规范：{0}</translation>
    </message>
    <message>
        <source>is not as you saw it any more</source>
        <translation>已不是您看到的样子</translation>
    </message>
    <message>
        <source>is not at {0}, where the key belongs</source>
        <translation>不在密钥所属的 {0}</translation>
    </message>
    <message>
        <source>is not for the demo, which is removed</source>
        <translation>不适用于会被移除的演示</translation>
    </message>
    <message>
        <source>is not possible on Windows, where programs inherit no file descriptors</source>
        <translation>在 Windows 上不可行，那里的程序不继承文件描述符</translation>
    </message>
    <message>
        <source>is not understood within {0} seconds</source>
        <translation>在 {0} 秒内无法解析</translation>
    </message>
    <message>
        <source>is not what {0} wants: one secret</source>
        <translation>不符合 {0} 的要求：一项机密</translation>
    </message>
    <message>
        <source>is not what {0} wants: {1} secrets</source>
        <translation>不符合 {0} 的要求：{1} 项机密</translation>
    </message>
    <message>
        <source>is read-only</source>
        <translation>为只读</translation>
    </message>
    <message>
        <source>is read-only (it leads to {0})</source>
        <translation>为只读（它指向 {0}）</translation>
    </message>
    <message>
        <source>is too large ({0} bytes)</source>
        <translation>过大（{0} 字节）</translation>
    </message>
    <message>
        <source>is too large a number</source>
        <translation>数字过大</translation>
    </message>
    <message>
        <source>is written in a way that Keyfob cannot edit safely</source>
        <translation>其写法使 Keyfob 无法安全编辑</translation>
    </message>
    <message>
        <source>is {0}, not 3.0 or 3.1</source>
        <translation>是 {0}，而不是 3.0 或 3.1</translation>
    </message>
    <message>
        <source>issued by {0}, whom</source>
        <translation>由 {0} 签发，</translation>
    </message>
    <message>
        <source>it cannot be checked</source>
        <translation>无法检查</translation>
    </message>
    <message>
        <source>it closed the connection without an answer</source>
        <translation>它未响应就关闭了连接</translation>
    </message>
    <message>
        <source>it does not speak TLS as it should</source>
        <translation>它没有正确使用 TLS</translation>
    </message>
    <message>
        <source>it has a format that this version does not know</source>
        <translation>其格式此版本不认识</translation>
    </message>
    <message>
        <source>it is cut short, changed or not Keyfob&apos;s</source>
        <translation>它被截断、更改过，或不是 Keyfob 的文件</translation>
    </message>
    <message>
        <source>it is gone</source>
        <translation>它已不存在</translation>
    </message>
    <message>
        <source>it is not as Keyfob writes it</source>
        <translation>它与 Keyfob 写入的不一致</translation>
    </message>
    <message>
        <source>it is not needed any more</source>
        <translation>已不再需要</translation>
    </message>
    <message>
        <source>it leads where Keyfob was before</source>
        <translation>它指向 Keyfob 之前的位置</translation>
    </message>
    <message>
        <source>it lies at another address than the API, and its key does not go there</source>
        <translation>它与 API 不在同一地址，密钥不会发往那里</translation>
    </message>
    <message>
        <source>it may do more than read</source>
        <translation>它可以执行读取以外的操作</translation>
    </message>
    <message>
        <source>it needs a cookie, and Keyfob sends none</source>
        <translation>它需要 Cookie，而 Keyfob 不发送 Cookie</translation>
    </message>
    <message>
        <source>it opened no session</source>
        <translation>它没有打开会话</translation>
    </message>
    <message>
        <source>it takes too long</source>
        <translation>耗时过长</translation>
    </message>
    <message>
        <source>it took too long</source>
        <translation>耗时过长</translation>
    </message>
    <message>
        <source>it was changed</source>
        <translation>它已被更改</translation>
    </message>
    <message>
        <source>its access allows more</source>
        <translation>其访问权限允许更多</translation>
    </message>
    <message>
        <source>its answer breaks off</source>
        <translation>响应中断</translation>
    </message>
    <message>
        <source>its answer is no HTTP</source>
        <translation>响应不是 HTTP</translation>
    </message>
    <message>
        <source>its client ended the session</source>
        <translation>其客户端结束了会话</translation>
    </message>
    <message>
        <source>its client has gone</source>
        <translation>其客户端已离开</translation>
    </message>
    <message>
        <source>its groups of tools change</source>
        <translation>其工具组有变化</translation>
    </message>
    <message>
        <source>its key is made in a way that this version does not know</source>
        <translation>其密钥的生成方式此版本不认识</translation>
    </message>
    <message>
        <source>its list of items was changed</source>
        <translation>其项目列表被更改过</translation>
    </message>
    <message>
        <source>its name cannot be found</source>
        <translation>找不到其名称</translation>
    </message>
    <message>
        <source>its path has a parameter that is not described</source>
        <translation>其路径有未描述的参数</translation>
    </message>
    <message>
        <source>its path is none</source>
        <translation>其路径无效</translation>
    </message>
    <message>
        <source>its server is gone</source>
        <translation>其服务器已不存在</translation>
    </message>
    <message>
        <source>its token was revoked</source>
        <translation>其令牌已被吊销</translation>
    </message>
    <message>
        <source>its tools need no approval any more</source>
        <translation>其工具不再需要批准</translation>
    </message>
    <message>
        <source>leads to too much of the document</source>
        <translation>指向文档中过多的内容</translation>
    </message>
    <message>
        <source>lies nowhere that Keyfob knows on this system</source>
        <translation>在此系统上不在 Keyfob 已知的任何位置</translation>
    </message>
    <message>
        <source>line {0}, column {1}: {2}</source>
        <translation>第 {0} 行，第 {1} 列：{2}</translation>
    </message>
    <message>
        <source>longer than anybody reads</source>
        <translation>超出任何人会阅读的长度</translation>
    </message>
    <message>
        <source>looks random</source>
        <translation>看起来是随机的</translation>
    </message>
    <message>
        <source>marks words for the model by tags</source>
        <translation>用标签为模型标记文字</translation>
    </message>
    <message>
        <source>may call</source>
        <translation>可以调用</translation>
    </message>
    <message>
        <source>may never call</source>
        <translation>绝不可调用</translation>
    </message>
    <message>
        <source>mcp-remote is given {0}, which Keyfob does not know.</source>
        <translation>mcp-remote 带有 {0}，Keyfob 不认识。</translation>
    </message>
    <message>
        <source>means a list, which Keyfob writes in TOML and YAML only</source>
        <translation>表示列表，Keyfob 只在 TOML 和 YAML 中写入列表</translation>
    </message>
    <message>
        <source>means nothing for this kind of account</source>
        <translation>对此类账户没有意义</translation>
    </message>
    <message>
        <source>means nothing to a program</source>
        <translation>对程序没有意义</translation>
    </message>
    <message>
        <source>must be 1 or more</source>
        <translation>必须大于或等于 1</translation>
    </message>
    <message>
        <source>must be a list of objects</source>
        <translation>必须是对象列表</translation>
    </message>
    <message>
        <source>must be a list of texts</source>
        <translation>必须是文本列表</translation>
    </message>
    <message>
        <source>must be a moment before the end</source>
        <translation>必须是结束之前的时刻</translation>
    </message>
    <message>
        <source>must be a table</source>
        <translation>必须是表</translation>
    </message>
    <message>
        <source>must be a text</source>
        <translation>必须是文本</translation>
    </message>
    <message>
        <source>must be a text, a whole number, true or false</source>
        <translation>必须是文本、整数、true 或 false</translation>
    </message>
    <message>
        <source>must be a whole number</source>
        <translation>必须是整数</translation>
    </message>
    <message>
        <source>must be a whole path</source>
        <translation>必须是完整路径</translation>
    </message>
    <message>
        <source>must be a {0}</source>
        <translation>必须是{0}</translation>
    </message>
    <message>
        <source>must be an object</source>
        <translation>必须是对象</translation>
    </message>
    <message>
        <source>must be an object of texts</source>
        <translation>必须是文本对象</translation>
    </message>
    <message>
        <source>must be one key where the servers are a list</source>
        <translation>当服务器为列表时，必须是一个键</translation>
    </message>
    <message>
        <source>must be seconds since the epoch</source>
        <translation>必须是自纪元以来的秒数</translation>
    </message>
    <message>
        <source>must be true or false</source>
        <translation>必须是 true 或 false</translation>
    </message>
    <message>
        <source>must have one colon between user name and password</source>
        <translation>用户名与密码之间必须有一个冒号</translation>
    </message>
    <message>
        <source>must have {{key}} in it once</source>
        <translation>必须恰好包含一次 {{key}}</translation>
    </message>
    <message>
        <source>named like a secret</source>
        <translation>名称像机密</translation>
    </message>
    <message>
        <source>names another {0}</source>
        <translation>指明了另一个 {0}</translation>
    </message>
    <message>
        <source>names no tool</source>
        <translation>没有指明工具</translation>
    </message>
    <message>
        <source>nested too deep</source>
        <translation>嵌套过深</translation>
    </message>
    <message>
        <source>no YAML that Keyfob edits</source>
        <translation>不是 Keyfob 能编辑的 YAML</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>没有答复</translation>
    </message>
    <message>
        <source>no answer in {0} seconds</source>
        <translation>{0} 秒内没有响应</translation>
    </message>
    <message>
        <source>no flow</source>
        <translation>无流程</translation>
    </message>
    <message>
        <source>no folder at all: PATH is empty</source>
        <translation>没有任何文件夹：PATH 为空</translation>
    </message>
    <message>
        <source>no line was readable</source>
        <translation>没有可读取的行</translation>
    </message>
    <message>
        <source>no word of its own</source>
        <translation>无单独设定</translation>
    </message>
    <message>
        <source>nobody used it</source>
        <translation>无人使用</translation>
    </message>
    <message>
        <source>nothing becomes nothing</source>
        <translation>无变为无</translation>
    </message>
    <message>
        <source>nothing becomes {0}</source>
        <translation>无变为 {0}</translation>
    </message>
    <message>
        <source>nothing yet: no client has asked</source>
        <translation>尚无：还没有客户端请求过</translation>
    </message>
    <message>
        <source>on a file descriptor</source>
        <translation>通过文件描述符</translation>
    </message>
    <message>
        <source>one secret</source>
        <translation>一项机密</translation>
    </message>
    <message>
        <source>one that</source>
        <translation>一个</translation>
    </message>
    <message>
        <source>only {0} of {1} bytes were taken</source>
        <translation>只接收了 {1} 字节中的 {0} 字节</translation>
    </message>
    <message>
        <source>opens a stream and does not say where messages go</source>
        <translation>打开了流，但没有说明消息发往何处</translation>
    </message>
    <message>
        <source>other sessions need its place</source>
        <translation>其他会话需要它的位置</translation>
    </message>
    <message>
        <source>pairing {0}</source>
        <translation>配对 {0}</translation>
    </message>
    <message>
        <source>parameter {0}</source>
        <translation>参数 {0}</translation>
    </message>
    <message>
        <source>removed: {0}</source>
        <translation>已移除：{0}</translation>
    </message>
    <message>
        <source>request {0}</source>
        <translation>请求 {0}</translation>
    </message>
    <message>
        <source>rests on what was edited by hand and is not accepted yet</source>
        <translation>基于手动编辑且尚未接受的内容</translation>
    </message>
    <message>
        <source>revoke the {0} token</source>
        <translation>吊销 {0} 令牌</translation>
    </message>
    <message>
        <source>rule {0}</source>
        <translation>规则 {0}</translation>
    </message>
    <message>
        <source>runs of variation selectors</source>
        <translation>连续的变体选择符</translation>
    </message>
    <message>
        <source>says nothing of where clients&apos; files lie</source>
        <translation>没有说明客户端文件的位置</translation>
    </message>
    <message>
        <source>several reasons</source>
        <translation>多种原因</translation>
    </message>
    <message>
        <source>signs in another way</source>
        <translation>以其他方式登录</translation>
    </message>
    <message>
        <source>site {0}</source>
        <translation>网站 {0}</translation>
    </message>
    <message>
        <source>something else</source>
        <translation>其他用途</translation>
    </message>
    <message>
        <source>something stands behind the end</source>
        <translation>结尾之后还有内容</translation>
    </message>
    <message>
        <source>something that is no JSON-RPC</source>
        <translation>不是 JSON-RPC 的内容</translation>
    </message>
    <message>
        <source>stands in {0} as well</source>
        <translation>也出现在 {0} 中</translation>
    </message>
    <message>
        <source>stands twice</source>
        <translation>出现了两次</translation>
    </message>
    <message>
        <source>stays open to other users</source>
        <translation>仍对其他用户开放</translation>
    </message>
    <message>
        <source>steers which code runs</source>
        <translation>决定运行哪些代码</translation>
    </message>
    <message>
        <source>steers which code runs, and is no place for a secret</source>
        <translation>决定运行哪些代码，不是放置机密的地方</translation>
    </message>
    <message>
        <source>tells the model to disregard others</source>
        <translation>要求模型无视其他指示</translation>
    </message>
    <message>
        <source>tells the model to hide something</source>
        <translation>要求模型隐瞒某事</translation>
    </message>
    <message>
        <source>tells the model what to do before or after other tools</source>
        <translation>指示模型在其他工具之前或之后做什么</translation>
    </message>
    <message>
        <source>that says it is {0}</source>
        <translation>（自称 {0}）</translation>
    </message>
    <message>
        <source>the JWK is a public key</source>
        <translation>该 JWK 是公钥</translation>
    </message>
    <message>
        <source>the JWK is no usable RSA or EC key</source>
        <translation>该 JWK 不是可用的 RSA 或 EC 密钥</translation>
    </message>
    <message>
        <source>the PEM holds no private key</source>
        <translation>该 PEM 不含私钥</translation>
    </message>
    <message>
        <source>the RSA key is shorter than 2048 bits</source>
        <translation>该 RSA 密钥短于 2048 位</translation>
    </message>
    <message>
        <source>the address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>the app&apos;s private key</source>
        <translation>应用的私钥</translation>
    </message>
    <message>
        <source>the bridge, which the client launches</source>
        <translation>由客户端启动的桥接程序</translation>
    </message>
    <message>
        <source>the client&apos;s secret or private key</source>
        <translation>客户端的机密或私钥</translation>
    </message>
    <message>
        <source>the curve is {0}, not P-256</source>
        <translation>曲线是 {0}，而不是 P-256</translation>
    </message>
    <message>
        <source>the document cannot be kept: {0}</source>
        <translation>无法保存文档：{0}</translation>
    </message>
    <message>
        <source>the document names {0}, which only you can choose: it is without TLS, or lies inside your own network</source>
        <translation>文档指向 {0}，只能由您选择：它没有 TLS，或位于您自己的网络内</translation>
    </message>
    <message>
        <source>the document says nowhere where the API is</source>
        <translation>文档没有说明 API 的位置</translation>
    </message>
    <message>
        <source>the file</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>the file cannot be read</source>
        <translation>文件无法读取</translation>
    </message>
    <message>
        <source>the file is for something else, not a service account</source>
        <translation>该文件用于其他用途，而不是服务账户</translation>
    </message>
    <message>
        <source>the file is for {0}, not a service account</source>
        <translation>该文件用于 {0}，而不是服务账户</translation>
    </message>
    <message>
        <source>the file is no mapping</source>
        <translation>该文件不是映射</translation>
    </message>
    <message>
        <source>the header {0}</source>
        <translation>标头 {0}</translation>
    </message>
    <message>
        <source>the identity provider&apos;s {0} is missing</source>
        <translation>缺少身份提供商的 {0}</translation>
    </message>
    <message>
        <source>the item {0} was changed</source>
        <translation>项目 {0} 被更改过</translation>
    </message>
    <message>
        <source>the key is neither RSA nor P-256</source>
        <translation>该密钥既不是 RSA 也不是 P-256</translation>
    </message>
    <message>
        <source>the key is protected by a passphrase, which Keyfob does not ask for</source>
        <translation>该密钥受密码短语保护，而 Keyfob 不会询问它</translation>
    </message>
    <message>
        <source>the last line does not agree with the one before it</source>
        <translation>最后一行与前一行不符</translation>
    </message>
    <message>
        <source>the last line is torn</source>
        <translation>最后一行不完整</translation>
    </message>
    <message>
        <source>the last line was torn</source>
        <translation>最后一行不完整</translation>
    </message>
    <message>
        <source>the log ends {0} events before its last anchored one</source>
        <translation>日志比最后锚定的事件少 {0} 个事件</translation>
    </message>
    <message>
        <source>the name {0} stands twice</source>
        <translation>名称 {0} 出现了两次</translation>
    </message>
    <message>
        <source>the parameter {0}</source>
        <translation>参数 {0}</translation>
    </message>
    <message>
        <source>the password of HTTP Basic</source>
        <translation>HTTP Basic 的密码</translation>
    </message>
    <message>
        <source>the rule that {0}</source>
        <translation>规则“{0}”</translation>
    </message>
    <message>
        <source>the server no longer accepts it</source>
        <translation>服务器不再接受它</translation>
    </message>
    <message>
        <source>the server {0}</source>
        <translation>服务器 {0}</translation>
    </message>
    <message>
        <source>the service account&apos;s JSON key</source>
        <translation>服务账户的 JSON 密钥</translation>
    </message>
    <message>
        <source>the sign-in in {0}&apos;s file {1}</source>
        <translation>{0} 的文件 {1} 中的登录</translation>
    </message>
    <message>
        <source>the token of a sign-in</source>
        <translation>登录的令牌</translation>
    </message>
    <message>
        <source>the tool {0}</source>
        <translation>工具 {0}</translation>
    </message>
    <message>
        <source>the window does not speak {0}</source>
        <translation>窗口不支持 {0}</translation>
    </message>
    <message>
        <source>their order changes</source>
        <translation>它们的顺序有变化</translation>
    </message>
    <message>
        <source>there is a server {0} already</source>
        <translation>已有服务器 {0}</translation>
    </message>
    <message>
        <source>there is neither an ID token nor a refresh token of the identity provider</source>
        <translation>身份提供商的 ID 令牌和刷新令牌都没有</translation>
    </message>
    <message>
        <source>there is no account {0}</source>
        <translation>没有账户 {0}</translation>
    </message>
    <message>
        <source>there is no program {0}</source>
        <translation>没有程序 {0}</translation>
    </message>
    <message>
        <source>there is no such server</source>
        <translation>没有这样的服务器</translation>
    </message>
    <message>
        <source>this Keyfob is installed without its OpenAPI part</source>
        <translation>此 Keyfob 安装时不含 OpenAPI 部分</translation>
    </message>
    <message>
        <source>this is Swagger 2, which Keyfob does not read</source>
        <translation>这是 Swagger 2，Keyfob 不读取</translation>
    </message>
    <message>
        <source>this is not a line of the log</source>
        <translation>这不是日志的行</translation>
    </message>
    <message>
        <source>this is not the event that was anchored</source>
        <translation>这不是被锚定的事件</translation>
    </message>
    <message>
        <source>this line, or the one before it, was changed</source>
        <translation>此行或前一行被更改过</translation>
    </message>
    <message>
        <source>this session&apos;s answer</source>
        <translation>本次会话的答复</translation>
    </message>
    <message>
        <source>this {0} closes nothing</source>
        <translation>此 {0} 没有对应的开头</translation>
    </message>
    <message>
        <source>this {0} is never closed</source>
        <translation>此 {0} 没有闭合</translation>
    </message>
    <message>
        <source>to {0}</source>
        <translation>到 {0}</translation>
    </message>
    <message>
        <source>tools need no approval any more</source>
        <translation>工具不再需要批准</translation>
    </message>
    <message>
        <source>tools/call names no tool.</source>
        <translation>tools/call 没有指明工具。</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true 或 false</translation>
    </message>
    <message>
        <source>until {0}</source>
        <translation>至 {0}</translation>
    </message>
    <message>
        <source>uri {0}</source>
        <translation>uri {0}</translation>
    </message>
    <message>
        <source>use this server</source>
        <translation>使用此服务器</translation>
    </message>
    <message>
        <source>uses the account none in place of {0}</source>
        <translation>不使用账户，取代 {0}</translation>
    </message>
    <message>
        <source>uses the account {0} in place of {1}</source>
        <translation>使用账户 {0} 取代 {1}</translation>
    </message>
    <message>
        <source>variable {0}</source>
        <translation>变量 {0}</translation>
    </message>
    <message>
        <source>way to show tools</source>
        <translation>工具显示方式</translation>
    </message>
    <message>
        <source>whole number</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>with exit code {0}</source>
        <translation>退出代码为 {0}</translation>
    </message>
    <message>
        <source>with the account {0}</source>
        <translation>（使用账户 {0}）</translation>
    </message>
    <message>
        <source>within itself</source>
        <translation>到自身内部</translation>
    </message>
    <message>
        <source>without an exit code</source>
        <translation>没有退出代码</translation>
    </message>
    <message>
        <source>written like a known kind of key</source>
        <translation>写法像已知类型的密钥</translation>
    </message>
    <message>
        <source>you ended what it was for</source>
        <translation>您结束了它所服务的对象</translation>
    </message>
    <message>
        <source>your answer</source>
        <translation>您的答复</translation>
    </message>
    <message>
        <source>your answer until the lock</source>
        <translation>您的答复（到锁定为止）</translation>
    </message>
    <message>
        <source>your answer, kept as rule {0}</source>
        <translation>您的答复，保存为规则 {0}</translation>
    </message>
    <message>
        <source>your servers</source>
        <translation>您的服务器</translation>
    </message>
    <message>
        <source>zero-width characters</source>
        <translation>零宽字符</translation>
    </message>
    <message>
        <source>{0} It failed {1} times in a row.</source>
        <translation>{0} 已连续失败 {1} 次。</translation>
    </message>
    <message>
        <source>{0} Its description is another&apos;s: it lies at {1}.</source>
        <translation>{0} 其描述来自他处：位于 {1}。</translation>
    </message>
    <message>
        <source>{0} Its passphrase opens it. {1}</source>
        <translation>{0} 需用密码短语解锁。{1}</translation>
    </message>
    <message>
        <source>{0} MiB are free on the disk; the audit log has {1} MiB.</source>
        <translation>磁盘可用空间 {0} MiB；审计日志占用 {1} MiB。</translation>
    </message>
    <message>
        <source>{0} See `keyfob client list --all`, or add it to clients.toml.</source>
        <translation>{0} 请查看 `keyfob client list --all`，或将其添加到 clients.toml。</translation>
    </message>
    <message>
        <source>{0} and {1} more</source>
        <translation>{0} 以及另外 {1} 个</translation>
    </message>
    <message>
        <source>{0} answered with a code.</source>
        <translation>{0} 已返回代码。</translation>
    </message>
    <message>
        <source>{0} answered without a code.</source>
        <translation>{0} 的应答没有代码。</translation>
    </message>
    <message>
        <source>{0} answers HTTP {1} and leads to {2} instead of a document.</source>
        <translation>{0} 返回 HTTP {1} 并指向 {2}，而不是文档。</translation>
    </message>
    <message>
        <source>{0} answers HTTP {1} instead of a document.</source>
        <translation>{0} 返回 HTTP {1}，而不是文档。</translation>
    </message>
    <message>
        <source>{0} answers HTTP {1}.</source>
        <translation>{0} 返回 HTTP {1}。</translation>
    </message>
    <message>
        <source>{0} answers without an account: clients reach it as it is.</source>
        <translation>{0} 无需账户即可应答：客户端可以直接访问它。</translation>
    </message>
    <message>
        <source>{0} asks before it calls every tool{1}{2} of every server{3}{4}</source>
        <translation>{0} 调用前先询问：所有服务器的所有工具{1}{2}{3}{4}</translation>
    </message>
    <message>
        <source>{0} asks before it calls every tool{1}{2} of {3}{4}{5}</source>
        <translation>{0} 调用前先询问： {3} 的所有工具{1}{2}{4}{5}</translation>
    </message>
    <message>
        <source>{0} asks before it calls {1}{2}{3} of every server{4}{5}</source>
        <translation>{0} 调用前先询问：所有服务器的 {1}{2}{3}{4}{5}</translation>
    </message>
    <message>
        <source>{0} asks before it calls {1}{2}{3} of {4}{5}{6}</source>
        <translation>{0} 调用前先询问： {4} 的 {1}{2}{3}{5}{6}</translation>
    </message>
    <message>
        <source>{0} becomes nothing</source>
        <translation>{0} 变为无</translation>
    </message>
    <message>
        <source>{0} becomes {1}</source>
        <translation>{0} 变为 {1}</translation>
    </message>
    <message>
        <source>{0} becomes {1}, or how it is reached changes</source>
        <translation>{0} 变为 {1}，或访问方式有变化</translation>
    </message>
    <message>
        <source>{0} begins in its own line</source>
        <translation>{0} 另起一行</translation>
    </message>
    <message>
        <source>{0} belongs to another installation of Keyfob.</source>
        <translation>{0} 属于另一个 Keyfob 安装。</translation>
    </message>
    <message>
        <source>{0} belongs to another user.</source>
        <translation>{0} 属于另一个用户。</translation>
    </message>
    <message>
        <source>{0} calls itself {1}, which is not where it was found.</source>
        <translation>{0} 自称 {1}，但这不是找到它的地方。</translation>
    </message>
    <message>
        <source>{0} can be opened by others ({1}).</source>
        <translation>{0} 可被他人打开（{1}）。</translation>
    </message>
    <message>
        <source>{0} can be reached.</source>
        <translation>{0} 可以访问。</translation>
    </message>
    <message>
        <source>{0} cannot answer now ({1}).</source>
        <translation>{0} 目前无法响应（{1}）。</translation>
    </message>
    <message>
        <source>{0} cannot be a client&apos;s name</source>
        <translation>{0} 不能作为客户端名称</translation>
    </message>
    <message>
        <source>{0} cannot be a name</source>
        <translation>{0} 不能作为名称</translation>
    </message>
    <message>
        <source>{0} cannot be an authorization server&apos;s name.</source>
        <translation>{0} 不能作为授权服务器的名称。</translation>
    </message>
    <message>
        <source>{0} cannot be given to a batch file safely</source>
        <translation>{0} 无法安全地传给批处理文件</translation>
    </message>
    <message>
        <source>{0} cannot be reached: {1}.</source>
        <translation>无法访问 {0}：{1}。</translation>
    </message>
    <message>
        <source>{0} cannot be read ({1})</source>
        <translation>无法读取 {0}（{1}）</translation>
    </message>
    <message>
        <source>{0} cannot be read now.{1}</source>
        <translation>现在无法读取 {0}。{1}</translation>
    </message>
    <message>
        <source>{0} cannot be read: {1}</source>
        <translation>无法读取 {0}：{1}</translation>
    </message>
    <message>
        <source>{0} cannot be renewed now.{1}</source>
        <translation>{0} 目前无法续期。{1}</translation>
    </message>
    <message>
        <source>{0} cannot be used ({1}).</source>
        <translation>无法使用 {0}（{1}）。</translation>
    </message>
    <message>
        <source>{0} cannot be used: {1}.</source>
        <translation>无法使用 {0}：{1}。</translation>
    </message>
    <message>
        <source>{0} characters</source>
        <translation>{0} 个字符</translation>
    </message>
    <message>
        <source>{0} could be in any folder</source>
        <translation>{0} 可能位于任何文件夹</translation>
    </message>
    <message>
        <source>{0} did not answer in {1} seconds.</source>
        <translation>{0} 在 {1} 秒内没有响应。</translation>
    </message>
    <message>
        <source>{0} did not register Keyfob: {1}.</source>
        <translation>{0} 没有注册 Keyfob：{1}。</translation>
    </message>
    <message>
        <source>{0} did not send the document in {1} seconds.</source>
        <translation>{0} 在 {1} 秒内没有发送文档。</translation>
    </message>
    <message>
        <source>{0} did not {1} ({2}).</source>
        <translation>在 {0} 失败：{1}（{2}）。</translation>
    </message>
    <message>
        <source>{0} does not answer in time.</source>
        <translation>{0} 没有及时响应。</translation>
    </message>
    <message>
        <source>{0} does not answer.</source>
        <translation>{0} 没有响应。</translation>
    </message>
    <message>
        <source>{0} does not answer.{1}</source>
        <translation>{0} 没有响应。{1}</translation>
    </message>
    <message>
        <source>{0} does not know Keyfob for this; registering.</source>
        <translation>{0} 不认识用于此用途的 Keyfob；正在注册。</translation>
    </message>
    <message>
        <source>{0} does not know Keyfob&apos;s client just now.</source>
        <translation>{0} 目前不认识 Keyfob 的客户端。</translation>
    </message>
    <message>
        <source>{0} does not offer PKCE with S256, so nothing was sent to it.</source>
        <translation>{0} 不提供 S256 的 PKCE，因此未向其发送任何内容。</translation>
    </message>
    <message>
        <source>{0} does not say who signs people in to it.</source>
        <translation>{0} 没有说明由谁为其提供登录。</translation>
    </message>
    <message>
        <source>{0} edits of config.toml allow more and wait for your yes.</source>
        <translation>config.toml 有 {0} 处编辑会允许更多操作，正等待您同意。</translation>
    </message>
    <message>
        <source>{0} for every client: every tool of every server{1}</source>
        <translation>{0}，对所有客户端：所有服务器的所有工具{1}</translation>
    </message>
    <message>
        <source>{0} for every client: every tool of {1}{2}</source>
        <translation>{0}，对所有客户端： {1} 的所有工具{2}</translation>
    </message>
    <message>
        <source>{0} for every client: group {1} of every server{2}</source>
        <translation>{0}，对所有客户端：所有服务器的 组 {1}{2}</translation>
    </message>
    <message>
        <source>{0} for every client: group {1} of {2}{3}</source>
        <translation>{0}，对所有客户端： {2} 的 组 {1}{3}</translation>
    </message>
    <message>
        <source>{0} for every client: {1} of every server{2}</source>
        <translation>{0}，对所有客户端：所有服务器的 {1}{2}</translation>
    </message>
    <message>
        <source>{0} for every client: {1} of {2}{3}</source>
        <translation>{0}，对所有客户端： {2} 的 {1}{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: every tool of every server{2}</source>
        <translation>{0}，对 {1} ：所有服务器的所有工具{2}</translation>
    </message>
    <message>
        <source>{0} for {1}: every tool of {2}{3}</source>
        <translation>{0}，对 {1} ： {2} 的所有工具{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: group {2} of every server{3}</source>
        <translation>{0}，对 {1} ：所有服务器的 组 {2}{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: group {2} of {3}{4}</source>
        <translation>{0}，对 {1} ： {3} 的 组 {2}{4}</translation>
    </message>
    <message>
        <source>{0} for {1}: {2} of every server{3}</source>
        <translation>{0}，对 {1} ：所有服务器的 {2}{3}</translation>
    </message>
    <message>
        <source>{0} for {1}: {2} of {3}{4}</source>
        <translation>{0}，对 {1} ： {3} 的 {2}{4}</translation>
    </message>
    <message>
        <source>{0} gave a token for {1}.</source>
        <translation>{0} 已发放 {1} 的令牌。</translation>
    </message>
    <message>
        <source>{0} gave no refresh token.</source>
        <translation>{0} 没有发放刷新令牌。</translation>
    </message>
    <message>
        <source>{0} gave no token ({1}).</source>
        <translation>{0} 没有发放令牌（{1}）。</translation>
    </message>
    <message>
        <source>{0} gave nothing to renew the token with.</source>
        <translation>{0} 没有提供可用于续期令牌的内容。</translation>
    </message>
    <message>
        <source>{0} has another address for each of its customers</source>
        <translation>{0} 对每个客户使用不同的地址</translation>
    </message>
    <message>
        <source>{0} has characters that no address has</source>
        <translation>{0} 含有地址中不会有的字符</translation>
    </message>
    <message>
        <source>{0} has its token from {1}, and the server is signed in to at {2} now.</source>
        <translation>{0} 的令牌来自 {1}，而该服务器现在通过 {2} 登录。</translation>
    </message>
    <message>
        <source>{0} has no account yet.</source>
        <translation>{0} 还没有账户。</translation>
    </message>
    <message>
        <source>{0} has no page to sign in at.</source>
        <translation>{0} 没有登录页面。</translation>
    </message>
    <message>
        <source>{0} holds your secrets now.</source>
        <translation>{0} 现在保存着您的机密。</translation>
    </message>
    <message>
        <source>{0} in {1}</source>
        <translation>{1} 中的 {0}</translation>
    </message>
    <message>
        <source>{0} is Keyfob&apos;s own name</source>
        <translation>{0} 是 Keyfob 自己的名称</translation>
    </message>
    <message>
        <source>{0} is a relative path</source>
        <translation>{0} 是相对路径</translation>
    </message>
    <message>
        <source>{0} is connected.</source>
        <translation>{0} 已连接。</translation>
    </message>
    <message>
        <source>{0} is damaged: {1}.</source>
        <translation>{0} 已损坏：{1}。</translation>
    </message>
    <message>
        <source>{0} is done from Keyfob&apos;s window only.</source>
        <translation>{0} 只能在 Keyfob 的窗口中进行。</translation>
    </message>
    <message>
        <source>{0} is empty</source>
        <translation>{0} 为空</translation>
    </message>
    <message>
        <source>{0} is given no secret</source>
        <translation>{0} 没有被提供机密</translation>
    </message>
    <message>
        <source>{0} is gone, and Keyfob had your secrets in it.</source>
        <translation>{0} 已丢失，而 Keyfob 曾将您的机密保存在其中。</translation>
    </message>
    <message>
        <source>{0} is in use already</source>
        <translation>{0} 已在使用中</translation>
    </message>
    <message>
        <source>{0} is locked.</source>
        <translation>{0} 已锁定。</translation>
    </message>
    <message>
        <source>{0} is locked.{1}</source>
        <translation>{0} 已锁定。{1}</translation>
    </message>
    <message>
        <source>{0} is missing</source>
        <translation>缺少 {0}</translation>
    </message>
    <message>
        <source>{0} is no absolute path</source>
        <translation>{0} 不是绝对路径</translation>
    </message>
    <message>
        <source>{0} is no audit event</source>
        <translation>{0} 不是审计事件</translation>
    </message>
    <message>
        <source>{0} is no base: it has a query</source>
        <translation>{0} 不能作为基址：它带有查询</translation>
    </message>
    <message>
        <source>{0} is no callback address</source>
        <translation>{0} 不是回调地址</translation>
    </message>
    <message>
        <source>{0} is no file</source>
        <translation>{0} 不是文件</translation>
    </message>
    <message>
        <source>{0} is no header&apos;s name</source>
        <translation>{0} 不是标头名称</translation>
    </message>
    <message>
        <source>{0} is no https address</source>
        <translation>{0} 不是 https 地址</translation>
    </message>
    <message>
        <source>{0} is no https address with a path</source>
        <translation>{0} 不是带路径的 https 地址</translation>
    </message>
    <message>
        <source>{0} is no kind</source>
        <translation>{0} 不是有效的种类</translation>
    </message>
    <message>
        <source>{0} is no list</source>
        <translation>{0} 不是列表</translation>
    </message>
    <message>
        <source>{0} is no mapping</source>
        <translation>{0} 不是映射</translation>
    </message>
    <message>
        <source>{0} is no method</source>
        <translation>{0} 不是有效的方式</translation>
    </message>
    <message>
        <source>{0} is no object</source>
        <translation>{0} 不是对象</translation>
    </message>
    <message>
        <source>{0} is no origin</source>
        <translation>{0} 不是来源</translation>
    </message>
    <message>
        <source>{0} is no parameter&apos;s name</source>
        <translation>{0} 不是参数名称</translation>
    </message>
    <message>
        <source>{0} is no path</source>
        <translation>{0} 不是路径</translation>
    </message>
    <message>
        <source>{0} is no pattern</source>
        <translation>{0} 不是模式</translation>
    </message>
    <message>
        <source>{0} is no place</source>
        <translation>{0} 不是有效的位置</translation>
    </message>
    <message>
        <source>{0} is no port</source>
        <translation>{0} 不是端口</translation>
    </message>
    <message>
        <source>{0} is no preset</source>
        <translation>{0} 不是预设</translation>
    </message>
    <message>
        <source>{0} is no store</source>
        <translation>{0} 不是存储</translation>
    </message>
    <message>
        <source>{0} is no such path</source>
        <translation>{0} 不是这样的路径</translation>
    </message>
    <message>
        <source>{0} is no syslog server</source>
        <translation>{0} 不是 syslog 服务器</translation>
    </message>
    <message>
        <source>{0} is no table</source>
        <translation>{0} 不是表</translation>
    </message>
    <message>
        <source>{0} is no text</source>
        <translation>{0} 不是文本</translation>
    </message>
    <message>
        <source>{0} is no way to pin</source>
        <translation>{0} 不是有效的固定方式</translation>
    </message>
    <message>
        <source>{0} is no way to show tools.</source>
        <translation>{0} 不是有效的工具显示方式。</translation>
    </message>
    <message>
        <source>{0} is no {1}</source>
        <translation>{0} 不是{1}</translation>
    </message>
    <message>
        <source>{0} is none</source>
        <translation>{0} 无效</translation>
    </message>
    <message>
        <source>{0} is none of them</source>
        <translation>{0} 不在其中</translation>
    </message>
    <message>
        <source>{0} is none of {1}</source>
        <translation>{0} 不属于 {1}</translation>
    </message>
    <message>
        <source>{0} is not a URL</source>
        <translation>{0} 不是 URL</translation>
    </message>
    <message>
        <source>{0} is not a port</source>
        <translation>{0} 不是端口</translation>
    </message>
    <message>
        <source>{0} is not a safe address for a sign-in.</source>
        <translation>{0} 不是安全的登录地址。</translation>
    </message>
    <message>
        <source>{0} is not a web address</source>
        <translation>{0} 不是网址</translation>
    </message>
    <message>
        <source>{0} is not connected.</source>
        <translation>{0} 未连接。</translation>
    </message>
    <message>
        <source>{0} is not this machine</source>
        <translation>{0} 不是本机</translation>
    </message>
    <message>
        <source>{0} is older than the one that Keyfob wrote last (write {1} of {2}).</source>
        <translation>{0} 比 Keyfob 最后写入的版本旧（第 {1} 次写入，共 {2} 次）。</translation>
    </message>
    <message>
        <source>{0} is out of range</source>
        <translation>{0} 超出范围</translation>
    </message>
    <message>
        <source>{0} is set by Keyfob itself</source>
        <translation>{0} 由 Keyfob 自行设置</translation>
    </message>
    <message>
        <source>{0} is too big for a secret</source>
        <translation>{0} 过大，不能作为机密</translation>
    </message>
    <message>
        <source>{0} is used twice</source>
        <translation>{0} 被使用了两次</translation>
    </message>
    <message>
        <source>{0} leads in a ring</source>
        <translation>{0} 形成循环</translation>
    </message>
    <message>
        <source>{0} leads out of the document, and Keyfob fetches nothing for it</source>
        <translation>{0} 指向文档之外，而 Keyfob 不会为此获取内容</translation>
    </message>
    <message>
        <source>{0} leads to an address of this machine or network</source>
        <translation>{0} 指向本机或本网络的地址</translation>
    </message>
    <message>
        <source>{0} leads to an address of this machine or network.</source>
        <translation>{0} 指向本机或本网络的地址。</translation>
    </message>
    <message>
        <source>{0} leads to nothing in the document</source>
        <translation>{0} 在文档中没有对应内容</translation>
    </message>
    <message>
        <source>{0} leads to {1}, which lies inside your own network.</source>
        <translation>{0} 指向 {1}，它位于您自己的网络内。</translation>
    </message>
    <message>
        <source>{0} lets no app register itself.</source>
        <translation>{0} 不允许应用自行注册。</translation>
    </message>
    <message>
        <source>{0} lines at the end were unreadable</source>
        <translation>末尾有 {0} 行无法读取</translation>
    </message>
    <message>
        <source>{0} may call every tool{1}{2} of every server{3}{4}</source>
        <translation>{0} 可以调用所有服务器的所有工具{1}{2}{3}{4}</translation>
    </message>
    <message>
        <source>{0} may call every tool{1}{2} of {3}{4}{5}</source>
        <translation>{0} 可以调用 {3} 的所有工具{1}{2}{4}{5}</translation>
    </message>
    <message>
        <source>{0} may call {1}{2}{3} of every server{4}{5}</source>
        <translation>{0} 可以调用所有服务器的 {1}{2}{3}{4}{5}</translation>
    </message>
    <message>
        <source>{0} may call {1}{2}{3} of {4}{5}{6}</source>
        <translation>{0} 可以调用 {4} 的 {1}{2}{3}{5}{6}</translation>
    </message>
    <message>
        <source>{0} may never call every tool{1}{2} of every server{3}{4}</source>
        <translation>{0} 绝不可调用所有服务器的所有工具{1}{2}{3}{4}</translation>
    </message>
    <message>
        <source>{0} may never call every tool{1}{2} of {3}{4}{5}</source>
        <translation>{0} 绝不可调用 {3} 的所有工具{1}{2}{4}{5}</translation>
    </message>
    <message>
        <source>{0} may never call {1}{2}{3} of every server{4}{5}</source>
        <translation>{0} 绝不可调用所有服务器的 {1}{2}{3}{4}{5}</translation>
    </message>
    <message>
        <source>{0} may never call {1}{2}{3} of {4}{5}{6}</source>
        <translation>{0} 绝不可调用 {4} 的 {1}{2}{3}{5}{6}</translation>
    </message>
    <message>
        <source>{0} may not call {1} ({2}).</source>
        <translation>{0} 不得调用 {1}（{2}）。</translation>
    </message>
    <message>
        <source>{0} may not use this server ({1}).</source>
        <translation>{0} 不得使用此服务器（{1}）。</translation>
    </message>
    <message>
        <source>{0} means something else already</source>
        <translation>{0} 已有其他含义</translation>
    </message>
    <message>
        <source>{0} more</source>
        <translation>另外 {0} 个</translation>
    </message>
    <message>
        <source>{0} names no authorization server.</source>
        <translation>{0} 没有指明授权服务器。</translation>
    </message>
    <message>
        <source>{0} names no certificates that can be read.</source>
        <translation>{0} 没有提供可读取的证书。</translation>
    </message>
    <message>
        <source>{0} names nobody who signs people in, so it most likely takes a key: `keyfob connect {1} --method api-key --secret-stdin`.</source>
        <translation>{0} 没有指明由谁负责登录，因此它很可能需要密钥：`keyfob connect {1} --method api-key --secret-stdin`。</translation>
    </message>
    <message>
        <source>{0} no longer accepts your client ID with its secret or key.</source>
        <translation>{0} 不再接受您的客户端 ID 及其机密或密钥。</translation>
    </message>
    <message>
        <source>{0} no longer knows Keyfob as a client.</source>
        <translation>{0} 不再认识作为客户端的 Keyfob。</translation>
    </message>
    <message>
        <source>{0} no longer knows Keyfob; registering once more.</source>
        <translation>{0} 不再认识 Keyfob；正在重新注册。</translation>
    </message>
    <message>
        <source>{0} offers no sign-in by device code.</source>
        <translation>{0} 不提供设备代码登录。</translation>
    </message>
    <message>
        <source>{0} refused the sign-in ({1}).</source>
        <translation>{0} 拒绝了登录（{1}）。</translation>
    </message>
    <message>
        <source>{0} registered Keyfob without a client id.</source>
        <translation>{0} 注册了 Keyfob，但没有提供客户端 ID。</translation>
    </message>
    <message>
        <source>{0} secrets</source>
        <translation>{0} 项机密</translation>
    </message>
    <message>
        <source>{0} sends people to {1}, which is not safe.</source>
        <translation>{0} 将人引向 {1}，这不安全。</translation>
    </message>
    <message>
        <source>{0} sent more than {1} bytes and was cut off.</source>
        <translation>{0} 发送了超过 {1} 字节，已被截断。</translation>
    </message>
    <message>
        <source>{0} sent {1} instead of a usable token.</source>
        <translation>{0} 发送的是{1}，而不是可用的令牌。</translation>
    </message>
    <message>
        <source>{0} sessions have an id like</source>
        <translation>{0} 个会话的 id 类似于</translation>
    </message>
    <message>
        <source>{0} sessions have an id like {1}.</source>
        <translation>{0} 个会话的 id 类似于 {1}。</translation>
    </message>
    <message>
        <source>{0} speaks nothing yet: no client has asked.</source>
        <translation>{0} 尚未使用任何版本：还没有客户端请求过。</translation>
    </message>
    <message>
        <source>{0} speaks {1}.</source>
        <translation>{0} 使用 {1}。</translation>
    </message>
    <message>
        <source>{0} stands twice</source>
        <translation>{0} 出现了两次</translation>
    </message>
    <message>
        <source>{0} stands twice in {1}</source>
        <translation>{0} 在 {1} 中出现了两次</translation>
    </message>
    <message>
        <source>{0} stays: {1}</source>
        <translation>{0} 保留：{1}</translation>
    </message>
    <message>
        <source>{0} takes the key.</source>
        <translation>{0} 接受该密钥。</translation>
    </message>
    <message>
        <source>{0} tool waits for your approval, of {1}.</source>
        <translation>{0} 个工具等待您的批准，来自 {1}。</translation>
    </message>
    <message>
        <source>{0} tools</source>
        <translation>{0} 个工具</translation>
    </message>
    <message>
        <source>{0} tools wait for your approval, of {1}.</source>
        <translation>{0} 个工具等待您的批准，来自 {1}。</translation>
    </message>
    <message>
        <source>{0} waits for it.</source>
        <translation>{0} 正在等待。</translation>
    </message>
    <message>
        <source>{0} wants {1} beside the client id.</source>
        <translation>除客户端 ID 外，{0} 还要求{1}。</translation>
    </message>
    <message>
        <source>{0} wants {1} of a key it has never seen.</source>
        <translation>{0} 对从未见过的密钥要求 {1}。</translation>
    </message>
    <message>
        <source>{0} was not allowed to use Keyfob.</source>
        <translation>{0} 未获准使用 Keyfob。</translation>
    </message>
    <message>
        <source>{0} was written by a newer Keyfob (its format is {1}, this program knows {2}).</source>
        <translation>{0} 由更新的 Keyfob 写入（其格式为 {1}，此程序支持 {2}）。</translation>
    </message>
    <message>
        <source>{0} with {1}</source>
        <translation>{0}，含 {1}</translation>
    </message>
    <message>
        <source>{0} works through Keyfob.</source>
        <translation>{0} 可通过 Keyfob 使用。</translation>
    </message>
    <message>
        <source>{0}, a name</source>
        <translation>{0}，名称</translation>
    </message>
    <message>
        <source>{0}, line {1}</source>
        <translation>{0}，第 {1} 行</translation>
    </message>
    <message>
        <source>{0}, which Keyfob cannot do</source>
        <translation>{0}，Keyfob 不支持</translation>
    </message>
    <message>
        <source>{0}, without a body.</source>
        <translation>{0}，没有正文。</translation>
    </message>
    <message>
        <source>{0}: it is gone</source>
        <translation>{0}：它已不存在</translation>
    </message>
    <message>
        <source>{0}: it leads where Keyfob was before</source>
        <translation>{0}：它指向 Keyfob 之前的位置</translation>
    </message>
    <message>
        <source>{0}: it was changed</source>
        <translation>{0}：它已被更改</translation>
    </message>
    <message>
        <source>{0}: its schema cannot be understood</source>
        <translation>{0}：无法理解其模式</translation>
    </message>
    <message>
        <source>{0}: its token was revoked</source>
        <translation>{0}：其令牌已被吊销</translation>
    </message>
    <message>
        <source>{0}: the API redirects {1}, and a credential follows no redirect.</source>
        <translation>{0}：API 重定向{1}，而凭据不会跟随重定向。</translation>
    </message>
    <message>
        <source>{0}: the file cannot be read</source>
        <translation>{0}：文件无法读取</translation>
    </message>
    <message>
        <source>{0}: {1}?</source>
        <translation>{0}：{1}？</translation>
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
        <source>d MMM</source>
        <translation>M月d日</translation>
    </message>
    <message>
        <source>d MMM yyyy</source>
        <translation>yyyy年M月d日</translation>
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
    <message numerus="yes">
        <source> day(s)</source>
        <translation>
            <numerusform> 天</numerusform>
        </translation>
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
    <message numerus="yes">
        <source>%n secret(s) were moved.</source>
        <translation>
            <numerusform>已迁移 %n 项机密。</numerusform>
        </translation>
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
        <source>Disconnect…</source>
        <translation>断开连接…</translation>
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
        <source>Never</source>
        <translation>永不</translation>
    </message>
    <message numerus="yes">
        <source> minute(s)</source>
        <translation>
            <numerusform> 分钟</numerusform>
        </translation>
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
        <source>Show clients a search in place of long tool lists</source>
        <translation>以搜索代替冗长的工具列表提供给客户端</translation>
    </message>
    <message>
        <source>Where all servers together have more tools than this.</source>
        <translation>当所有服务器的工具总数超过此值时。</translation>
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
        <source>An unused session ends after</source>
        <translation>未使用的会话在此时间后结束</translation>
    </message>
    <message>
        <source>Counted from its last request.</source>
        <translation>从最后一次请求算起。</translation>
    </message>
    <message numerus="yes">
        <source> second(s)</source>
        <translation>
            <numerusform> 秒</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> tool(s)</source>
        <translation>
            <numerusform> 个工具</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> day(s)</source>
        <translation>
            <numerusform> 天</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source> hour(s)</source>
        <translation>
            <numerusform> 小时</numerusform>
        </translation>
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
        <source>Cannot be read now</source>
        <translation>现在无法读取</translation>
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
        <source>None of its tools is approved and allowed. The page Servers tells why, beside each of them.</source>
        <translation>它的工具都没有获得批准和允许。“服务器”页面上每个工具旁都写明了原因。</translation>
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
    <message numerus="yes">
        <source>Let programs use the %n tool(s) of {server}?</source>
        <translation>
            <numerusform>允许程序使用 {server} 的 %n 个工具？</numerusform>
        </translation>
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
        <source>Keyfob is starting. Where your keychain asks you something, it waits for that.</source>
        <translation>Keyfob 正在启动。如果您的钥匙串向您提问，它会等待您的回答。</translation>
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
