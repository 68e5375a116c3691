/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * The grammar of telclauded.conf(5).  A word whose alias stands below is a
 * keyword: the lexer asks conf_keyword().  The lexer drops newlines and commas
 * inside lists, gives BEGIN and END instead of braces around a block, and puts
 * a newline before END.
 */
%code requires {
#include "telclauded/conf/conf_int.h"
}
%code {
#include <stdio.h>
#include <string.h>

#include "telclauded/lib/log.h"
#include "telclauded/lib/util.h"

#define YEARS10	315360000

#define C	(p->conf)
#define TG	(p->conf->telegram)
#define FW	(p->conf->firewall)
#define AG	(p->agent)

static void	 conf_yyerror(struct where *, struct parse *, const char *);
}

%define api.prefix {conf_yy}
%define api.pure full
%define api.location.type {struct where}
%define parse.error custom
%define parse.lac full
%locations
%param {struct parse *p}
%expect 0

%code {
#define YYLLOC_DEFAULT(Cur, Rhs, N)					\
	do {								\
		(Cur) = (N) ? YYRHSLOC(Rhs, 1) : YYRHSLOC(Rhs, 0);	\
	} while (0)
}

%union {
	struct word	*w;
	int		 i;
}

%token <w> STRING "a string" NUMBER "a number"
%token NL "end of line" BEGIN_ "{ of a block" END_ "} of a block"

%token ADMIN "admin" AGENT "agent" ALLOW "allow" ANTHROPIC "anthropic"
%token ANY "any" API "api" ASK "ask" ATTEMPTS "attempts" AUDIO "audio"
%token AUDIT "audit" BACKUPS "backups" BETA "beta" BUTTONS "buttons" CA "ca"
%token CACHED "cached" CALL "call" CAREFUL "careful" CHAT "chat"
%token CLAIM "claim" CLAUDE "claude"
%token CLOSED "closed" CODE "code" CONTROL "control" CPU "cpu"
%token CREDENTIAL "credential" DAILY "daily" DEBUG "debug" DEFAULT "default"
%token DELAY "delay" DENY "deny" DESCRIPTION "description" DOMAIN "domain"
%token DRAFT "draft" EDIT "edit" ENTROPY "entropy" ENV "env" ERR "error"
%token EVERY "every" FACTOR "factor" FAILURE "failure" FILE_ "file"
%token FILTER "filter" FIREWALL "firewall" FIRST "first" FRAMES "frames"
%token FULL_ACCESS "full-access" GLOBAL "global" GROUP "group"
%token HIDDEN_ "hidden" HOST "host" IDLE "idle" IMAGE "image" INBOX "inbox"
%token INCLUDE "include" INFO "info" INPUT "input" INTERNAL "internal"
%token IPV6 "ipv6" JITTER "jitter" KEEP "keep" KEY "key"
%token LANGUAGE "language" LENGTH "length" LIMIT "limit" LISTEN "listen"
%token LOG "log" LOGIN "login" LOOP "loop" MEDIA "media" MEMORY "memory"
%token MENTION "mention" MODE "mode" MODEL "model" MOLTBOOK "moltbook"
%token NATIVE "native" OAUTH "oauth" OBSERVER "observer" OFF "off" ON "on"
%token OPEN "open" OPENAI "openai" OUTBOX "outbox" OUTPUT "output"
%token PAIRING "pairing" PARALLEL "parallel" PATTERN "pattern" PEER "peer"
%token PERMISSIVE "permissive" POLL "poll" PORT "port" PRICE "price"
%token PRIVATE "private" PROCESSES "processes" PROFILE "profile"
%token PROGRAM "program" PROMPT "prompt" PROVIDER "provider"
%token QUALITY "quality" QUOTA "quota" RATE "rate" REACT "react" READ "read"
%token READ_ONLY "read-only" REMOTE "remote" REPORT "report"
%token REQUESTS "requests" REQUIRE "require" RESET "reset"
%token RESOLVER "resolver" RESTRICTED "restricted" RETRY "retry"
%token RUNTIME "runtime" SEAL "seal" SECRET "secret" SERVICES "services"
%token SESSION "session" SIMPLE "simple" SIZE "size" SOCIAL "social"
%token SPEECH "speech" SPEED "speed" SPEND "spend" STATE "state"
%token STDERR "stderr" STREAM "stream" STRICT "strict" SYSLOG "syslog"
%token TAINTED "tainted" TELEGRAM "telegram" TEST "test"
%token THRESHOLD "threshold" TIER "tier" TIMEOUT "timeout" TMP "tmp" TO "to"
%token TOKEN "token" TOKENS "tokens" TOOL "tool" TOTAL "total" TOTP "totp"
%token TRANSCRIBE "transcribe" TRANSCRIPTS "transcripts" TURN "turn"
%token TYPING "typing" URL "url" USD "usd" USER "user" VAULT "vault"
%token VIDEO "video" VOICE "voice" WARN "warn" WITH "with" WITHIN "within"
%token WORKSPACE "workspace" WRITE "write" WRITE_LOCAL "write-local"
%token WRITTEN "written"

%type <w> any person people persons item items list numbers secret
%type <i> tier onoff verdict1 level failure careful

%%

grammar	: %empty
	| grammar eol
	| grammar stmt eol
	;
eol	: NL			{ conf_eol(p); }
	| error NL		{ conf_eol(p); yyerrok; }
	;

stmt	: STRING '=' items		{ conf_macro(p, $1, $3); }
	| INCLUDE STRING		{ conf_include(p, $2); }
	| PROFILE SIMPLE	{ conf_profile(p, &@1, RP_SIMPLE); }
	| PROFILE STRICT	{ conf_profile(p, &@1, RP_STRICT); }
	| PROFILE TEST		{ conf_profile(p, &@1, RP_TEST); }
	| STATE STRING	{ conf_string(p, $2, "state", &C->state, STR_PATH); }
	| RUNTIME STRING
		{ conf_string(p, $2, "runtime", &C->runtime, STR_PATH); }
	| CONTROL GROUP STRING
		{ conf_string(p, $3, "control group", &C->control_group,
		    STR_NAME); }
	| LOG log
	| AUDIT audit
	| KEEP keep
	| TIER tier USER people		{ conf_tier(p, &@1, $2, $4); }
	| RATE TOTAL numbers
		{ conf_rate(p, &@1, 1, TIER_NONE, NULL, $3); }
	| RATE TIER tier numbers	{ conf_rate(p, &@1, 0, $3, NULL, $4); }
	| RATE USER people numbers
		{ conf_rate(p, &@1, 0, TIER_NONE, $3, $4); }
	| SPEND TOTAL			{ conf_spend(p, &@1, 1, NULL); }
		spends
	| SPEND USER people		{ conf_spend(p, &@1, 0, $3); } spends
	| verdict TOOL list ruleopts	{ conf_rule_end(p, $3); }
	| verdict TOOL ANY ruleopts	{ conf_rule_end(p, NULL); }
	| TELEGRAM	{ conf_block(p, &@1, "telegram", &TG.present); }
		BEGIN_ tg END_
	| FILTER	{ conf_block(p, &@1, "filter", &C->filter.present); }
		BEGIN_ fi END_
	| ANTHROPIC
		{ conf_block(p, &@1, "anthropic", &C->anthropic.present); }
		BEGIN_ an END_
	| AGENT TELEGRAM	{ conf_agent(p, &@1, SCOPE_TELEGRAM); }
		BEGIN_ ag END_
	| AGENT MOLTBOOK	{ conf_agent(p, &@1, SCOPE_MOLTBOOK); }
		BEGIN_ ag END_
	| MOLTBOOK	{ conf_later(p, &@1, "moltbook");
		conf_block(p, &@1, "moltbook", &C->moltbook.present); }
		BEGIN_ mb END_
	| TOTP		{ conf_block(p, &@1, "totp", &C->totp.present); }
		BEGIN_ to END_
	| VAULT		{ conf_later(p, &@1, "vault");
		conf_block(p, &@1, "vault", &C->vault.present); }
		BEGIN_ va END_
	| FIREWALL	{ conf_block(p, &@1, "firewall", NULL); }
		BEGIN_ fw END_
	| PROVIDER STRING { conf_provider(p, $2); } BEGIN_ pr END_
	| MEDIA		{ conf_block(p, &@1, "media", &C->media.present); }
		BEGIN_ me END_
	| OPENAI	{ conf_later(p, &@1, "openai");
		conf_block(p, &@1, "openai", &C->openai.present); }
		BEGIN_ oa END_
	;

/* ---- the machine --------------------------------------------------------- */
log	: logopt | log logopt ;
logopt	: level			{ conf_loglevel(p, &@1, $1); }
	| TO STDERR		{ conf_logto(p, &@1, LOGT_STDERR, NULL); }
	| TO SYSLOG STRING	{ conf_logto(p, &@1, LOGT_SYSLOG, $3); }
	| TO SYSLOG USER	{ conf_logto(p, &@1, LOGT_SYSLOG, NULL); }
	| TO FILE_ STRING	{ conf_logto(p, &@1, LOGT_FILE, $3); }
	;
level	: DEBUG { $$ = LOGL_DEBUG; } | INFO { $$ = LOGL_INFO; }
	| WARN { $$ = LOGL_WARN; } | ERR { $$ = LOGL_ERROR; }
	;
audit	: auditopt | audit auditopt ;
auditopt: TO FILE_ STRING
		{ conf_string(p, $3, "audit file", &C->audit_file, STR_PATH); }
	| SEAL NUMBER
		{ conf_secs(p, $2, "seal", &C->audit_seal_s, 60, 604800); }
	| REPORT DAILY	{ conf_flag(p, &@1, "report", &C->audit_report, 1); }
	| REPORT OFF	{ conf_flag(p, &@1, "report", &C->audit_report, 0); }
	;
keep	: keepopt | keep keepopt ;
keepopt	: TRANSCRIPTS NUMBER
		{ conf_secs(p, $2, "transcripts", &C->keep_transcripts_s,
		    3600, YEARS10); }
	| AUDIT NUMBER
		{ conf_secs(p, $2, "keep audit", &C->keep_audit_s, 86400,
		    YEARS10); }
	| MEDIA NUMBER
		{ conf_secs(p, $2, "keep media", &C->keep_media_s, 60,
		    YEARS10); }
	| BACKUPS NUMBER
		{ conf_count(p, $2, "backups", &C->keep_backups, 0, 1000); }
	;

/* ---- people, messages, money, tool calls --------------------------------- */
tier	: READ_ONLY { $$ = TIER_READ_ONLY; }
	| WRITE_LOCAL { $$ = TIER_WRITE_LOCAL; }
	| FULL_ACCESS { $$ = TIER_FULL_ACCESS; }
	| SOCIAL { $$ = TIER_SOCIAL; }
	;
any	: ANY	{ $$ = conf_word(p, &@1, NULL); } ;
person	: NUMBER | STRING ;
persons	: person | persons person	{ $$ = conf_chain($1, $2); } ;
people	: any | person | '{' persons '}' { $$ = $2; } ;
spends	: spendopt | spends spendopt ;
spendopt: USD NUMBER
		{ conf_per_day(p, $2, "#usd", p->usd, 1); }
	| TOKENS NUMBER
		{ conf_per_day(p, $2, "#tokens", p->tokens, 0); }
	;
verdict	: verdict1	{ conf_rule_new(p, $1); } ;
verdict1: ALLOW { $$ = RV_ALLOW; } | DENY { $$ = RV_DENY; }
	| ASK { $$ = RV_ASK; } | ASK WITH CODE { $$ = RV_ASK_CODE; }
	;
ruleopts: %empty | ruleopts ruleopt ;
ruleopt	: TIER tier	{ if (conf_once(p, &@1, "#tier") == 0)
		p->rule->tier = $2; }
	| USER people	{ if (conf_once(p, &@1, "#user") == 0)
				conf_people(p, $2, &p->rule->who, 1); }
	| TAINTED	{ if (conf_once(p, &@1, "#tainted") == 0)
				p->rule->tainted = 1; }
	| WITHIN NUMBER	{ conf_within(p, $2); }
	;

/* ---- words and lists ----------------------------------------------------- */
item	: STRING | NUMBER ;
items	: item | items item		{ $$ = conf_chain($1, $2); } ;
list	: item | '{' items '}'		{ $$ = $2; } ;
numbers	: NUMBER | numbers NUMBER	{ $$ = conf_chain($1, $2); } ;
onoff	: ON { $$ = 1; } | OFF { $$ = 0; } ;
secret	: FILE_ STRING		{ $$ = conf_source($2, SEC_FILE); }
	| CREDENTIAL STRING	{ $$ = conf_source($2, SEC_CREDENTIAL); }
	| VAULT STRING		{ $$ = conf_source($2, SEC_VAULT); }
	| ENV STRING		{ $$ = conf_source($2, SEC_ENV); }
	| STRING		{ $$ = conf_source($1, SEC_LITERAL); }
	| HIDDEN_		{ $$ = conf_word(p, &@1, NULL); }
	;

ca	: %empty
	| CA STRING	{ conf_string(p, $2, "ca", p->ca, STR_PATH); }
	;

/* ---- telegram ------------------------------------------------------------ */
tg	: %empty | tg eol | tg tgopt eol ;
tgopt	: TOKEN secret	{ conf_secret_set(p, &@1, "token", &TG.token, $2); }
	| ALLOW CHAT list	{ conf_chats(p, $3); }
	| ALLOW PAIRING
		{ conf_flag(p, &@1, "allow pairing", &TG.pairing, 1); }
	| ADMIN person		{ if (conf_once(p, &@1, "admin") == 0)
		conf_people(p, $2, &TG.admin, 0); }
	| CLAIM SECRET secret
		{ conf_secret_set(p, &@1, "claim", &TG.claim, $3); }
	| REQUIRE MENTION
		{ conf_flag(p, &@1, "require mention", &TG.mention, 1); }
	| STREAM stream
	| REACT onoff		{ conf_flag(p, &@1, "react", &TG.react, $2); }
	| BUTTONS onoff
		{ conf_flag(p, &@1, "buttons", &TG.buttons, $2); }
	| POLL poll
	| RETRY retries
	| API STRING		{ conf_string(p, $2, "api", &TG.api, STR_URL);
		p->ca = &TG.ca; } ca
	;
stream	: stropt | stream stropt ;
stropt	: DRAFT	{ conf_stream(p, &@1, RS_DRAFT); }
	| EDIT	{ conf_stream(p, &@1, RS_EDIT); }
	| OFF	{ conf_stream(p, &@1, RS_OFF); }
	| EVERY NUMBER
		{ conf_msecs(p, $2, "stream every", &TG.edit_ms, 250, 60000); }
	| TYPING NUMBER
		{ conf_msecs(p, $2, "typing", &TG.typing_ms, 1000, 60000); }
	;
poll	: pollopt | poll pollopt ;
pollopt	: NUMBER	{ conf_secs(p, $1, "poll", &TG.poll_s, 1, 50); }
	| LIMIT NUMBER	{ conf_count(p, $2, "limit", &TG.poll_limit, 1, 100); }
	;
retries	: retry | retries retry ;
retry	: NUMBER
		{ conf_msecs(p, $1, "retry", &TG.retry_min_ms, 10, 3600000); }
	| TO NUMBER
		{ conf_msecs(p, $2, "retry to", &TG.retry_max_ms, 10,
		    86400000); }
	| FACTOR NUMBER
		{ conf_decimal(p, $2, "factor", &TG.retry_factor, 1, 100); }
	| JITTER NUMBER
		{ conf_decimal(p, $2, "jitter", &TG.retry_jitter, 0, 1); }
	| ATTEMPTS NUMBER
		{ conf_count(p, $2, "attempts", &TG.retry_attempts, 0,
		    1000000); }
	;

/* ---- filter -------------------------------------------------------------- */
fi	: %empty | fi eol | fi fiopt eol ;
fiopt	: PATTERN STRING STRING		{ conf_pattern(p, $2, $3); }
	| ENTROPY entropy
	| ENTROPY OFF	{ conf_flag(p, &@1, "entropy", &C->filter.entropy, 0); }
	| OBSERVER	{ C->filter.observer = 1; } observers
	| OBSERVER OFF
		{ conf_flag(p, &@1, "observer", &C->filter.observer, 0); }
	| CAREFUL careful { if (conf_once(p, &@1, "careful") == 0)
		C->filter.careful = $2; }
	;
careful	: DENY { $$ = RV_DENY; } | ASK { $$ = RV_ASK; }
	| OFF { $$ = RV_ALLOW; }
	;
entropy	: entopt | entropy entopt ;
entopt	: NUMBER
		{ conf_decimal(p, $1, "entropy", &C->filter.entropy_bits, 0,
		    8); }
	| LENGTH NUMBER
		{ conf_count(p, $2, "length", &C->filter.entropy_len, 8,
		    4096); }
	;
observers: obsopt | observers obsopt ;
obsopt	: MODEL STRING	{ conf_string(p, $2, "model",
		    &C->filter.observer_model, STR_MODEL); }
	| TIMEOUT NUMBER { conf_msecs(p, $2, "timeout",
		    &C->filter.observer_ms, 100, 3600000); }
	| THRESHOLD NUMBER { conf_decimal(p, $2, "threshold",
		    &C->filter.observer_threshold, 0, 1); }
	| FAILURE failure { if (conf_once(p, &@1, "failure") == 0)
		C->filter.observer_failure = $2; }
	;
failure	: DENY { $$ = RV_DENY; } | ASK { $$ = RV_ASK; }
	| ALLOW { $$ = RV_ALLOW; }
	;

/* ---- anthropic, openai --------------------------------------------------- */
an	: %empty | an eol | an anopt eol ;
anopt	: KEY secret
		{ conf_secret_set(p, &@1, "key", &C->anthropic.key, $2); }
	| KEY OAUTH secret	{ C->anthropic.oauth = 1;
		conf_secret_set(p, &@1, "key", &C->anthropic.key, $3); }
	| LOGIN STRING			{ conf_later(p, &@1, "login");
		conf_string(p, $2, "login", &C->anthropic.login, STR_PATH); }
	| API STRING
		{ conf_string(p, $2, "api", &C->anthropic.api, STR_URL);
		p->ca = &C->anthropic.ca; } ca
	| PRICE STRING			{ conf_price(p, $2); } prices
		{ conf_price_end(p, &@1); }
	;
prices	: price | prices price ;
price	: INPUT NUMBER	{ p->sides |= PRICE_INPUT;
		conf_usd(p, $2, "#input", &p->price->in_nano, 3); }
	| OUTPUT NUMBER	{ p->sides |= PRICE_OUTPUT;
		conf_usd(p, $2, "#output", &p->price->out_nano, 3); }
	| CACHED NUMBER
		{ conf_usd(p, $2, "#cached", &p->price->cached_nano, 3); }
	| WRITTEN NUMBER
		{ conf_usd(p, $2, "#written", &p->price->written_nano, 3); }
	;
oa	: %empty | oa eol | oa oaopt eol ;
oaopt	: KEY secret
		{ conf_secret_set(p, &@1, "key", &C->openai.key, $2); }
	| API STRING	{ conf_string(p, $2, "api", &C->openai.api, STR_URL); }
	;

/* ---- agents, moltbook, totp, vault --------------------------------------- */
ag	: %empty | ag eol | ag agopt eol ;
agopt	: WORKSPACE STRING
		{ conf_string(p, $2, "workspace", &AG->workspace, STR_PATH); }
	| READ list	{ conf_strings(p, $2, "read", &AG->read, STR_PATH); }
	| WRITE list	{ conf_strings(p, $2, "write", &AG->write, STR_PATH); }
	| PROMPT STRING	{ conf_string(p, $2, "prompt", &AG->prompt, STR_PATH); }
	| MODEL list
		{ conf_strings(p, $2, "model", &AG->models, STR_MODEL); }
	| BETA list	{ conf_strings(p, $2, "beta", &AG->betas, STR_MODEL); }
	| LOOP NATIVE	{ conf_flag(p, &@1, "loop", &AG->loop_claude, 0); }
	| LOOP CLAUDE	{ conf_later(p, &@1, "loop claude");
		conf_flag(p, &@1, "loop", &AG->loop_claude, 1); }
	| SESSION session
	| LIMIT limit
	| REQUESTS requests
	| SPEND		{ conf_agent_spend(p, &@1); } spends
	| REMOTE STRING { conf_later(p, &@1, "remote");
		conf_string(p, $2, "remote", &AG->remote, STR_HOST); } port
	| LISTEN STRING	{ conf_later(p, &@1, "listen");
		conf_string(p, $2, "listen", &AG->listen, STR_HOST); } port
	| LISTEN	{ conf_later(p, &@1, "listen");
		conf_listen_any(p, &@1); } PORT port1
	| KEY secret	{ conf_secret_set(p, &@1, "key", &AG->key, $2); }
	| PEER secret	{ conf_later(p, &@1, "peer");
		conf_secret_set(p, &@1, "peer", &AG->peer, $2); }
	| TOKEN secret	{ conf_secret_set(p, &@1, "token", &AG->token, $2); }
	;
port	: %empty | PORT port1 ;
port1	: NUMBER	{ conf_port(p, $1, "port", &AG->port); } ;
session	: sessopt | session sessopt ;
sessopt	: CHAT	{ conf_flag(p, &@1, "session", &AG->global_session, 0); }
	| GLOBAL { conf_flag(p, &@1, "session", &AG->global_session, 1); }
	| IDLE NUMBER	{ conf_secs(p, $2, "idle", &AG->idle_s, 60, YEARS10); }
	| RESET list	{ conf_strings(p, $2, "reset", &AG->resets, STR_WORD); }
	;
limit	: limopt | limit limopt ;
limopt	: TURN NUMBER
		{ conf_msecs(p, $2, "turn", &AG->turn_ms, 1000, 86400000); }
	| CALL NUMBER
		{ conf_msecs(p, $2, "call", &AG->call_ms, 1000, 86400000); }
	| CPU NUMBER	{ conf_percent(p, $2, "cpu", &AG->cpu_pct, 1,
			    100000); }
	| MEMORY NUMBER	{ conf_size(p, $2, "memory", &AG->memory, 16u << 20); }
	| PROCESSES NUMBER
		{ conf_count(p, $2, "processes", &AG->processes, 4, 65536); }
	| FILE_ NUMBER	{ conf_size(p, $2, "file", &AG->file, 4096); }
	| TMP NUMBER	{ conf_size(p, $2, "tmp", &AG->tmp, 65536); }
	| OUTPUT NUMBER	{ conf_size(p, $2, "output", &AG->output, 1024); }
	;
requests: reqopt | requests reqopt ;
reqopt	: NUMBER	{ conf_requests(p, $1); }
	| PARALLEL NUMBER
		{ conf_count(p, $2, "parallel", &AG->parallel, 1, 256); }
	;
mb	: %empty | mb eol | mb mbopt eol ;
mbopt	: KEY secret
		{ conf_secret_set(p, &@1, "key", &C->moltbook.key, $2); }
	| EVERY NUMBER	{ conf_secs(p, $2, "every", &C->moltbook.every_s, 60,
		    2592000); }
	;
to	: %empty | to eol | to toopt eol ;
toopt	: KEY secret	{ conf_secret_set(p, &@1, "key", &C->totp.key, $2); }
	| REMOTE STRING	{ conf_string(p, $2, "remote", &C->totp.remote,
		    STR_PATH); }
	| LISTEN STRING	{ conf_later(p, &@1, "listen");
		conf_string(p, $2, "listen", &C->totp.listen, STR_PATH); }
	| SESSION NUMBER { conf_secs(p, $2, "session", &C->totp.session_s, 1,
		    2592000); }
	;
va	: %empty | va eol | va vaopt eol ;
vaopt	: KEY secret	{ conf_secret_set(p, &@1, "key", &C->vault.key, $2); } ;

/* ---- firewall, provider -------------------------------------------------- */
fw	: %empty | fw eol | fw fwopt eol ;
fwopt	: MODE RESTRICTED	{ conf_mode(p, &@1, NET_RESTRICTED, 0); }
	| MODE PERMISSIVE	{ conf_mode(p, &@1, NET_PERMISSIVE, 0); }
	| MODE OFF		{ conf_mode(p, &@1, NET_RESTRICTED, 1); }
	| IPV6 CLOSED	{ conf_flag(p, &@1, "ipv6", &FW.ipv6_open, 0); }
	| IPV6 OPEN	{ conf_flag(p, &@1, "ipv6", &FW.ipv6_open, 1); }
	| RESOLVER list	{ conf_resolvers(p, $2); }
	| ALLOW DOMAIN list	{ conf_domain(p, &@1, 0, $3); } ports
	| DENY DOMAIN list	{ conf_domain(p, &@1, 1, $3); }
	| ALLOW DOMAIN DEFAULT	{ conf_domain(p, &@1, 0, NULL); }
	| DENY DOMAIN DEFAULT	{ conf_domain(p, &@1, 1, NULL); }
	| ALLOW PRIVATE STRING	{ conf_private(p, $3); } privs
		{ conf_private_end(p, &@1); }
	| INTERNAL internal
	;
ports	: %empty
	| PORT list	{ conf_ports(p, $2, &p->domain->ports,
		    &p->domain->nports); }
	;
privs	: priv | privs priv ;
priv	: HOST list	{ conf_hosts(p, $2); }
	| PORT list	{ conf_ports(p, $2, &p->priv->ports,
		    &p->priv->nports); }
	| DESCRIPTION STRING
		{ conf_string(p, $2, "#description",
		    &p->priv->description, STR_TEXT); }
	;
internal: intopt | internal intopt ;
intopt	: list	{ conf_strings(p, $1, "internal", &FW.internal, STR_HOST); }
	| RETRY NUMBER	{ conf_count(p, $2, "retry", &FW.internal_retry, 0,
		    1000); }
	| DELAY NUMBER	{ conf_msecs(p, $2, "delay", &FW.internal_delay_ms, 0,
		    600000); }
	;
pr	: %empty | pr eol | pr propt eol ;
propt	: URL STRING	{ conf_string(p, $2, "url", &p->provider->url, STR_URL);
		p->ca = &p->provider->ca; } ca
	| SERVICES list	{ conf_strings(p, $2, "services",
		    &p->provider->services, STR_NAME); }
	| DESCRIPTION STRING	{ conf_string(p, $2, "description",
		    &p->provider->description, STR_TEXT); }
	;

/* ---- media --------------------------------------------------------------- */
me	: %empty | me eol | me meopt eol ;
meopt	: INBOX STRING
		{ conf_string(p, $2, "inbox", &C->media.inbox, STR_PATH); }
	| OUTBOX STRING
		{ conf_string(p, $2, "outbox", &C->media.outbox, STR_PATH); }
	| TRANSCRIBE	{ conf_kind(p, &@1, &C->media.transcribe); } by kinds
	| IMAGE		{ conf_kind(p, &@1, &C->media.image); } by kinds
	| SPEECH	{ conf_kind(p, &@1, &C->media.speech); } by kinds
	| VIDEO		{ conf_video(p, &@1, 1); } video
	| VIDEO OFF	{ conf_video(p, &@1, 0); }
	;
by	: OPENAI	{ conf_kind_by(p, "openai", NULL); }
	| PROGRAM list	{ conf_kind_by(p, "program", $2); }
	;
kinds	: %empty | kinds kind ;
kind	: MODEL STRING
		{ conf_string(p, $2, "#model", &p->kind->model, STR_MODEL); }
	| LANGUAGE STRING { conf_string(p, $2, "#language",
		    &p->kind->language, STR_NAME); }
	| VOICE STRING
		{ conf_string(p, $2, "#voice", &p->kind->voice, STR_NAME); }
	| SIZE item	{ conf_string(p, $2, "#size", &p->kind->size,
		    STR_NAME); }
	| QUALITY STRING { conf_string(p, $2, "#quality", &p->kind->quality,
		    STR_NAME); }
	| TIMEOUT NUMBER { conf_msecs(p, $2, "#timeout", &p->kind->timeout_ms,
		    1000, 3600000); }
	| SPEED NUMBER	{ conf_decimal(p, $2, "#speed", &p->kind->speed, 0.25,
		    4); }
	| QUOTA numbers	{ conf_amounts(p, $2, "#quota", &p->kind->quota); }
	;
video	: vidopt | video vidopt ;
vidopt	: FRAMES NUMBER	{ conf_count(p, $2, "#frames", &C->media.video_frames,
		    1, 1000); }
	| EVERY NUMBER	{ conf_msecs(p, $2, "#every",
		    &C->media.video_every_ms, 40, 3600000); }
	| FIRST NUMBER	{ conf_secs(p, $2, "#first", &C->media.video_first_s, 1,
		    86400); }
	| AUDIO onoff	{ conf_flag(p, &@1, "#audio", &C->media.video_audio,
		    $2); }
	| QUOTA numbers	{ conf_amounts(p, $2, "#quota",
		    &C->media.video_quota); }
	;

%%

/* Nothing of a line that holds a secret is repeated in a message. */
static void
token_text(struct parse *p, yysymbol_kind_t k, struct buf *b)
{
	if (k == YYSYMBOL_NL)
		buf_puts(b, "the line ends too early");
	else if (k == YYSYMBOL_YYEOF)
		buf_puts(b, "the file ends too early");
	else if (k != YYSYMBOL_STRING && k != YYSYMBOL_NUMBER)
		buf_printf(b, *yysymbol_name(k) == '\'' ?
		    "unexpected %s here" : "unexpected \"%s\" here",
		    yysymbol_name(k));
	else if (p->hush || p->last == NULL)
		buf_puts(b, "unexpected value (not shown) here");
	else if (k == YYSYMBOL_STRING && !p->last->quoted)
		buf_printf(b, "unknown keyword \"%.64s\"", p->last->s);
	else
		buf_printf(b, "unexpected \"%.64s\" here", p->last->s);
}

/* What a statement can begin with. */
static size_t
statements(const char **names)
{
	static const int tokens[] = { AGENT, ALLOW, ANTHROPIC, ASK, AUDIT,
	    CONTROL, DENY, FILTER, FIREWALL, INCLUDE, KEEP, LOG, MEDIA,
	    MOLTBOOK, OPENAI, PROFILE, PROVIDER, RATE, RUNTIME, SPEND, STATE,
	    TELEGRAM, TIER, TOTP, VAULT };
	size_t	 i;

	for (i = 0; i < NELEM(tokens); i++)
		names[i] = yysymbol_name(YYTRANSLATE(tokens[i]));
	return (i);
}

static int
yyreport_syntax_error(const yypcontext_t *ctx, struct parse *p)
{
	yysymbol_kind_t	 k, want[YYNTOKENS];
	const char	*names[YYNTOKENS], *got = NULL;
	struct buf	 b;
	size_t		 i, n;

	buf_init(&b);
	k = yypcontext_token(ctx);
	n = (size_t)MAXIMUM(0, yypcontext_expected_tokens(ctx, want,
	    YYNTOKENS));
	for (i = 0; i < n; i++)
		names[i] = yysymbol_name(want[i]);
	if (n == 1 && strcmp(names[0], "'='") == 0 && p->name != NULL) {
		/* A word that is no keyword was taken for a macro's name. */
		got = p->name;
		n = statements(names);
		buf_printf(&b, "unknown keyword \"%.64s\"", got);
	} else {
		token_text(p, k, &b);
		if (k == YYSYMBOL_STRING && !p->hush && p->last != NULL &&
		    !p->last->quoted)
			got = p->last->s;
	}
	conf_suggest(&b, got, names, n);
	conf_err(p, yypcontext_location(ctx), "%s",
	    b.p != NULL && !b.failed ? b.p : "syntax error");
	buf_free(&b);
	p->recover = 1;
	return (0);
}

static void
conf_yyerror(struct where *at, struct parse *p, const char *msg)
{
	conf_err(p, at, "%s", msg);
	p->recover = 1;
}

/* The token of a keyword, or 0. */
int
conf_keyword(const char *s)
{
	int	 t;

	for (t = ADMIN; t <= WRITTEN; t++)
		if (strcmp(yysymbol_name(YYTRANSLATE(t)), s) == 0)
			return (t);
	return (0);
}

/* Does a brace after a statement that begins so open a block? */
int
conf_opens_block(int t)
{
	return (t == TELEGRAM || t == FILTER || t == ANTHROPIC ||
	    t == AGENT || t == MOLTBOOK || t == TOTP || t == VAULT ||
	    t == FIREWALL || t == PROVIDER || t == MEDIA || t == OPENAI);
}
