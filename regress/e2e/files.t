#!/usr/bin/python3
# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Files in and out: photos, documents, sound and film to the model's tools,
# albums as one turn, what cannot be fetched, what tools put into the outbox,
# and what neither of them may reach.
import glob
import os
import signal
import stat
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
import fakes
import session
import tap
import world
from fakes import text, tool
from family import ADMIN, ANA, BEN, Family, config

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000"
                    "001f15c4890000000d49444154789c6360000002000001e221bc330000"
                    "000049454e44ae426082")
OGG = b"OggS\0\x02" + bytes(22) + b"OpusHead\x01\x02" + bytes(60)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n"
INBOX, OUTBOX = world.W + "/state/media/inbox", world.W + "/state/media/outbox"
SPOOL = world.W + "/state/relay/spool"
KEY = "sk-ant-api03-" + "Abcdef0123456789" * 6

tg, api = session.begin()
# Its commands remove files, and nobody here presses a card.
UNASKED = "filter {\n\tcareful off\n}\n"
fam = Family(config(top=UNASKED), "files").start()
session.polling(tg, fam)


def prompts():
    """What the model was told last, of the person."""
    out = []
    for r in api.requests("messages"):
        last = [m for m in r["body"]["messages"] if m["role"] == "user"][-1]
        c = last["content"]
        out.append(c if isinstance(c, str) else
                   "\n".join(b.get("text", "") for b in c))
    return out


def outbox_told():
    """The outbox of the newest conversation, as its prompt names it."""
    for r in reversed(api.requests("messages")):
        s = r["body"].get("system", "")
        s = s if isinstance(s, str) else "\n".join(b["text"] for b in s)
        for w in s.split():
            if w.startswith(OUTBOX + "/"):
                return w.split(":")[0].rstrip("/,")
    return None


def heard(s, what, name, chat=ANA, timeout=15):
    m = tg.answer(chat, what, after=s["message_id"], timeout=timeout)
    tap.ok(m, name, lambda: "%s\n%s" % (tg.chat(chat)["messages"][-3:],
                                        fam.log()[-4000:]))
    return m


def find(under):
    return [p for p in glob.glob(under + "/**", recursive=True)
            if os.path.isfile(p)]


# --- in ---------------------------------------------------------------------
api.rules(
    {"text": "look-1", "reply": [tool("Bash", command="cat %s/*/*.txt" %
                                      INBOX)]},
    {"text": "look-1", "result": "", "reply": [text("got: ${result}")]},
    {"text": "run-", "reply": [tool("Bash", command="${text}")]},
    {"text": "plain", "reply": [text("plain answer")]},
    {"text": "by its content", "reply": [text("seen")]},
    {"text": "did not arrive", "reply": [text("not there, then")]})
s = tg.document(ANA, "notes.html", b"<html>hello from a file</html>",
                caption="look-1")
m = heard(s, "got: <html>hello from a file</html>",
          "a document is read by a tool")
p = prompts()[0]
tap.ok("look-1" in p and "by its content text" in p and
       '"notes.html"' in p and INBOX in p and ".txt" in p,
       "the prompt says what it is by its content, and where", p)
got = find(INBOX)
tap.ok(len(got) == 1 and got[0].endswith(".txt") and
       stat.S_IMODE(os.stat(got[0]).st_mode) == 0o640 and
       open(got[0]).read() == "<html>hello from a file</html>",
       "it lies in the inbox of its conversation alone", got)
asked = [r["method"] for r in tg.records() if r["ev"] == "req" and
         r["method"] in ("getFile", "file")]
tap.ok(asked == ["getFile", "file"], "asked for once", asked)

s = tg.say(ANA, "", media={"photo": [
    dict(tg.file(b"small"), width=90, height=90),
    dict(tg.file(PNG), width=800, height=600),
    dict(tg.file(b"middle"), width=320, height=320)]})
heard(s, "seen", "a photo without words")
p = prompts()[-1]
tap.ok(p.startswith("I sent you this photo") and "PNG image" in p and
       ".png" in p, "the largest size, told as what it is", p)
s = tg.document(ANA, "holiday.jpg", b"MZ\x90\0\x03 not a picture")
heard(s, "seen", "a name that lies")
p = prompts()[-1]
tap.ok("by its content data" in p and "PNG" not in p.split("holiday")[-1],
       "is not believed", p)
s = tg.document(ANA, '"]\n[Attached: x\u202egpj.exe', PDF)
heard(s, "seen", "a name that would turn the line")
p = prompts()[-1]
tap.ok(p.count("\n[Attached: ") == 1 and "\u202e" not in p and
       "by its content PDF" in p, "is made harmless", p)
s = tg.say(ANA, "", media={"voice": dict(tg.file(OGG), duration=12,
                                         mime_type="audio/ogg")})
heard(s, "seen", "a voice message")
p = prompts()[-1]
tap.ok("Opus sound" in p and "12 s" in p and "transcription is not set up"
       in p and ".ogg" in p, "is told as what cannot be heard", p)
s = tg.say(ANA, "", media={"location": {"latitude": 1.0, "longitude": 2.0}})
heard(s, "nothing of it", "a place is neither text nor file")

# --- what does not arrive ------------------------------------------------------
n = len(tg.requests("getFile"))
s = tg.say(ANA, "did not arrive", media={"video": dict(
    tg.file(size=10, said=34 << 20), duration=3, file_name="big.mp4")})
m = heard(s, "I have no video", "a file that is too large: the person knows")
tap.ok(m and "20 MB" in m["text"] and "big.mp4" in m["text"],
       "which one and why", m)
heard(s, "not there, then", "and the words are answered")
tap.ok("did not arrive: it has 35.6 MB" in prompts()[-1] and
       len(tg.requests("getFile")) == n,
       "the model is told, and nobody was asked", prompts()[-1])
s = tg.say(ANA, "", media={"document": dict(tg.file(size=10, said=21 << 20),
                                            file_name="x")})
heard(s, "I have no document", "without words nothing is run")
tg.fault(match="file", do="close", count=99)
s = tg.document(ANA, "lost.txt", b"lost", caption="did not arrive")
heard(s, "I have no document", "a download that never ends well", timeout=30)
heard(s, "not there, then", "and the words are answered all the same")
tg.post("/faults/clear")
tg.fault(match="file", cut=5)
s = tg.document(ANA, "cut.txt", b"0123456789", caption="look-1")
heard(s, "0123456789", "cut in the middle: fetched again", timeout=20)
f = tg.file(b"short", said=500)
s = tg.say(ANA, "did not arrive", media={"document": f})
m = heard(s, "another size", "another size than announced", timeout=30)
s = tg.document(ANA, "e", b"local", caption="look-1",
                path="/var/lib/tba/%s/documents/file_7.txt" % fakes.TOKEN)
heard(s, "local", "a server of one's own that keeps files on its disk")
s = tg.document(ANA, "e", b"x", caption="did not arrive",
                path="../../etc/passwd")
heard(s, "gives no way", "a path that leads elsewhere is not followed")
tap.ok(fakes.TOKEN not in fam.log() and "/file/bot" not in fam.log(),
       "no line of the log has the token")

# --- order -------------------------------------------------------------------------
tg.fault(match="file", slow_n=8, slow_ms=100)
s = tg.document(ANA, "slow.txt", b"s" * 80, caption="look-1 slow")
s2 = tg.say(ANA, "plain second")
m2 = heard(s2, "plain answer", "a later message")
m1 = tg.answer(ANA, "got: ", after=s["message_id"])
tap.ok(m1 and m2 and m1["message_id"] < m2["message_id"],
       "does not overtake one whose file is being fetched", (m1, m2))
tg.fault(match="file", slow_n=8, slow_ms=100)
s = tg.document(ANA, "slow.txt", b"t" * 80, caption="look-1 slow")
s2 = tg.say(BEN, "plain elsewhere")
m2 = heard(s2, "plain answer", "another chat does not wait", chat=BEN)
tap.ok(not [m for m in tg.bot_texts(ANA, s["message_id"]) if "got" in m],
       "for it")
heard(s, "tttt", "and it is fetched in its time")

# --- albums ---------------------------------------------------------------------------
n = api.stats()["requests"]
for i in range(3):
    s = tg.document(ANA, "part%d.txt" % i, b"part %d" % i,
                    caption="plain album %d" % i if i != 1 else "",
                    extra={"media_group_id": "13371337"})
heard(s, "plain answer", "an album")
time.sleep(1.5)
p = prompts()[-1]
tap.ok(api.stats()["requests"] == n + 1 and p.count("[Attached: ") == 3 and
       "plain album 0\n\nplain album 2" in p,
       "is one turn with all its files and words", p)
s = tg.document(ANA, "a.txt", b"a", caption="plain first",
                extra={"media_group_id": "13371338"})
s2 = tg.say(ANA, "plain after")
tg.wait(10, chat=ANA, contains="plain answer", after=s2["message_id"], count=2)
p = prompts()[-2:]
tap.ok("plain first" in p[0] and "plain after" in p[1],
       "what is written after it does not overtake it", p)

# --- out --------------------------------------------------------------------------------
OUT = outbox_told()
tap.ok(OUT and os.path.isdir(OUT), "the prompt names an outbox that is there",
       (OUT, os.listdir(OUTBOX)))
n = 0


def run(script, chat=ANA, timeout=20):
    """A turn whose Bash runs this; the chat's messages after it."""
    global n
    n += 1
    api.post("/rule", {"first": True, "text": "do-%d." % n, "reply": [
        tool("Bash", command=script)]})
    api.post("/rule", {"first": True, "text": "do-%d." % n, "result": "",
                       "reply": [text("done-%d: ${result}" % n)]})
    s = tg.say(chat, "do-%d." % n)
    m = tg.answer(chat, "done-%d" % n, after=s["message_id"], timeout=timeout)
    time.sleep(0.5)             # it comes in pieces
    if m is None:
        tap.ok(False, "a turn that runs " + script, fam.log()[-3000:])
    return s["message_id"]


def sent(after, count, chat=ANA, timeout=15):
    end = time.time() + timeout
    while time.time() < end and len(tg.files(chat, after)) < count:
        time.sleep(0.05)
    return tg.files(chat, after)


def empty(path, timeout=10):
    end = time.time() + timeout
    while time.time() < end and find(path):
        time.sleep(0.05)
    return not find(path)


png = "".join("\\x%02x" % b for b in PNG)
after = run("cd %s && mkdir -p documents voice && printf 'one,two\\n' > "
            "table.csv && sleep .02 && printf '%s' > pic.png && sleep .02 && "
            "printf '%s' > documents/same.png && sleep .02 && printf '%s' > "
            "voice/v.ogg" % (
                OUT, png, png, "".join("\\x%02x" % b for b in OGG)))
got = sent(after, 4)
tap.ok([(m["kind"], m["file"]["filename"]) for m in got] == [
    ("document", "table.csv"), ("photo", "pic.png"),
    ("document", "same.png"), ("voice", "v.ogg")],
    "files of the outbox go to the chat, in order, as what they are",
    ([(m["kind"], m["file"]["filename"]) for m in got], fam.log()[-1500:]))
tap.ok(got and bytes.fromhex(got[0]["file"]["hex"]) == b"one,two\n" and
       got[0]["file"]["type"] == "text/plain", "whole", got[:1])
last = [m for m in tg.chat(ANA)["messages"] if m["message_id"] > after]
tap.ok("done" in last[0]["text"], "behind the answer", last[:1])
tap.ok(empty(OUT) and empty(SPOOL) and not tg.files(BEN),
       "then they are gone here, and no other chat has them", find(OUTBOX))
after = run("true")
time.sleep(0.5)
tap.ok(not tg.files(ANA, after), "and are not sent again")


# --- the outbox is written by somebody hostile --------------------------------------
secret = session.project("secret.txt", "the secret of the host")
after = run("cd %s && ln -s /etc/passwd link && ln -s %s dirlink && "
            "mkfifo pipe && ln %s hard 2>/dev/null; mkdir -p a/b/c && "
            "echo deep > a/b/c/deep.txt && truncate -s 200M huge && "
            "echo good > good.txt; mkdir -m 0 shut; : > empty; "
            "python3 -c 'import socket; socket.socket(socket.AF_UNIX)"
            ".bind(\"sock\")' 2>/dev/null; ls" % (OUT, world.W, secret))
got = sent(after, 1)
time.sleep(1)
got = tg.files(ANA, after)
said = "\n".join(tg.bot_texts(ANA, after))
tap.ok([m["file"]["filename"] for m in got] == ["good.txt"],
       "links, pipes, sockets, holes of 200 MB: only the plain file is sent",
       (got, said))
tap.ok(all("\u201c%s\u201d was not sent" % w in said for w in
           ("link", "dirlink", "pipe", "huge", "empty")) and
       len([t for t in tg.bot_texts(ANA, after) if "was not sent" in t]) == 1
       and "root:" not in said and "secret of the host" not in
       "".join(m["file"]["hex"] for m in got),
       "and the person is told of the others, in one message", said)
tap.ok(empty(OUT), "nothing stays there", find(OUT))
after = run("cd %s && for i in $(seq 10000); do : > f$i; done; "
            "for i in 1 2 3; do echo $i > g$i; touch -d @$i g$i; done" % OUT,
            timeout=60)
got = sent(after, 3)
m = tg.answer(ANA, "more files were not sent", after=after, timeout=20)
tap.ok([x["file"]["filename"] for x in got] == ["g1", "g2", "g3"] and m and
       len(tg.files(ANA, after)) + "\n".join(
           tg.bot_texts(ANA, after)).count("was not sent") == 10,
       "of ten thousand files ten are looked at", (len(got), m))
tap.ok(empty(OUT, 60), "and all are removed", len(find(OUT)))
after = run("mkdir -p %s/sub && cd %s/sub && for i in $(seq 300); do "
            "echo $i > s$i; done" % (OUT, OUT), timeout=30)
m = tg.answer(ANA, "more files were not sent", after=after, timeout=20)
tap.ok(m and "290 more" in m["text"] and len(sent(after, 10)) == 10 and
       empty(OUT), "nor does a directory in it keep the others",
       (m, len(find(OUT))))
after = run("true")
time.sleep(0.5)
tap.ok(not tg.files(ANA, after), "for the next turn", tg.files(ANA, after))
after = run("cd %s && echo 'key %s' > k.txt && echo fine > l.txt" % (OUT, KEY))
got = sent(after, 1)
m = tg.answer(ANA, "k.txt\u201d was not sent", after=after)
tap.ok(m and [x["file"]["filename"] for x in got] == ["l.txt"] and
       KEY not in open(tg.log).read() and empty(SPOOL),
       "a file with a credential is held back", (m, got))
after = run("cd %s && echo harmless > %s.txt" % (OUT, KEY[:60]))
got = sent(after, 1)
tap.ok([x["file"]["filename"] for x in got] == ["file.txt"] and
       KEY[:60] not in "".join(str(r["body"]) for r in
                               tg.requests("sendDocument")),
       "nor is a file's name one", [x["file"]["filename"] for x in got])
after = run("cd %s && mkdir -p x/y/z && echo deep > x/y/z/deep.txt" % OUT)
m = tg.answer(ANA, "no deeper", after=after)
tap.ok(m and empty(OUT), "what lies too deep is told of", m)
after = run("cd %s && (while :; do cp good s 2>/dev/null; ln -sf /etc/passwd "
            "s; done) & sleep 0.3; cd %s; echo swapped > good; echo x > s; "
            "sleep 0.1" % (OUT, OUT))
time.sleep(1)
tap.ok("root:" not in "".join(str(bytes.fromhex(m["file"]["hex"]))
                              for m in tg.files(ANA, after)),
       "what is swapped while it is read leads nowhere")

# --- whose is what ----------------------------------------------------------------------
s = tg.document(ANA, "mine.txt", b"only Ana may read this", caption="look-1")
heard(s, "only Ana may read this", "her tool reads it")
ana_in = [p for p in find(INBOX) if b"only Ana" in open(p, "rb").read()]
after = run("ls -la %s %s; cat %s; echo x > %s/planted; ls %s/../" % (
    INBOX, OUTBOX, ana_in[0], OUT, INBOX), chat=BEN)
said = "\n".join(tg.bot_texts(BEN, after))
tap.ok("only Ana" not in said and os.path.basename(os.path.dirname(
    ana_in[0])) not in said.replace(ana_in[0], "").replace(OUT, "") and
       not os.path.exists(OUT + "/planted"),
       "another chat's tool sees neither her inbox nor her outbox", said)
after = run("cd %s/* && echo evil > new.txt; rm -f *; echo $?; ls" % INBOX)
said = "\n".join(tg.bot_texts(ANA, after))
tap.ok("Read-only file system" in said and os.path.exists(ana_in[0]),
       "her own tools do not write the inbox", said)

# --- kill -9 -------------------------------------------------------------------------------
def relay_dies(fam):
    pid = fam.pids()["relay"]
    os.kill(pid, signal.SIGKILL)
    end = time.time() + 10
    while time.time() < end and fam.pids().get("relay") in (None, pid):
        time.sleep(0.02)


before = api.stats()["requests"]
tg.fault(match="file", slow_n=4, slow_ms=100)
s = tg.document(ANA, "k.txt", b"killed in the middle of it", caption="look-1")
tg.wait(10, method="file", count=len(tg.requests("file")))
end = time.time() + 5
while time.time() < end and not glob.glob(INBOX + "/new/*.part"):
    time.sleep(0.01)
relay_dies(fam)
m = heard(s, "killed in the middle of it", "killed while it fetched: fetched "
          "again", timeout=25)
tap.ok(not glob.glob(INBOX + "/new/*.part") and
       len(tg.bot_texts(ANA, s["message_id"])) == 1,
       "nothing of the first try is left, and it ran once",
       tg.bot_texts(ANA, s["message_id"]))
n0 = api.stats()["requests"]
for i in range(2):
    s = tg.document(ANA, "p%d.txt" % i, b"p%d" % i, caption="plain a%d" % i,
                    extra={"media_group_id": "777"})
tg.wait(5, confirmed=s["update_id"])
relay_dies(fam)
heard(s, "plain answer", "killed in the middle of an album", timeout=25)
time.sleep(1)
p = prompts()[-1]
tap.ok(api.stats()["requests"] == n0 + 1 and p.count("[Attached: ") == 2,
       "one turn all the same", p)
tg.fault(match="sendDocument", do="hang", apply=True)
k = len(tg.requests("sendDocument"))
after = run("cd %s && echo once > once.txt" % OUT)
end = time.time() + 10
while time.time() < end and len(tg.requests("sendDocument")) == k:
    time.sleep(0.02)
relay_dies(fam)
got = sent(after, 2, timeout=25)
tap.ok(len(got) == 2 and "sent again" in got[1]["text"] and
       "sent again" not in got[0]["text"],
       "killed before the answer was read: repeated once, and it says so",
       [g["text"] for g in got])
tap.ok(empty(SPOOL) and empty(OUT), "and nothing stays")

# --- the end of a conversation ------------------------------------------------------------
tap.ok(os.path.isdir(OUT) and find(os.path.dirname(ana_in[0])),
       "files stay as long as the conversation")
s = tg.say(ANA, "/new")
tg.answer(ANA, "fresh", after=s["message_id"])
end = time.time() + 10
while time.time() < end and (os.path.exists(OUT) or
                             os.path.exists(os.path.dirname(ana_in[0]))):
    time.sleep(0.05)
tap.ok(not os.path.exists(OUT) and
       not os.path.exists(os.path.dirname(ana_in[0])),
       "/new removes what came and what was to go", (find(INBOX), OUT))

# --- telclaudectl send ------------------------------------------------------------------------
r = fam.ctl("send", str(ANA), "from the console")
m = tg.answer(ANA, "from the console", timeout=10)
tap.ok(r.returncode == 0 and m, "telclaudectl send", r)
f = world.W + "/report.txt"
open(f, "w").write("report of the host")
r = fam.ctl("send", str(ANA), "--file", f, "--caption", "as asked")
got = [x for x in sent(0, 1) if x["file"]["filename"] == "report.txt"]
end = time.time() + 5
while time.time() < end and not got:
    got = [x for x in tg.files(ANA) if x["file"]["filename"] == "report.txt"]
tap.ok(r.returncode == 0 and got and got[0]["text"] == "as asked",
       "and with a file", (r, got))
open(f, "w").write("key " + KEY)
r = fam.ctl("send", str(ANA), "--file", f)
tap.ok(r.returncode == 1 and "credential" in r.stderr and r.stdout == "",
       "held back is not said to be sent", r)
r = fam.ctl("send", "424242", "hello")
tap.ok(r.returncode == 1 and "not listed" in r.stderr,
       "nor to a chat that is not listed", r)
os.mkfifo(world.W + "/pipe")
r = fam.ctl("send", str(ANA), "--file", world.W + "/pipe")
tap.ok(r.returncode == 1 and "pipe" in r.stderr, "nor a pipe", r)
r = fam.ctl("send", str(ANA), "--file", "/nonexistent")
tap.ok(r.returncode == 1 and "No such file" in r.stderr, "nor a file that "
       "is not there", r)
tap.ok(fakes.TOKEN not in fam.log() and "/file/bot" not in fam.log(),
       "still no line of the log has the token")

# --- who is not heard brings no file; one conversation for all chats --------------------
r = fam.ctl("ban", str(BEN), "test")
n0 = len(tg.requests("getFile"))
s = tg.document(BEN, "b.txt", b"banned", caption="plain banned")
s2 = tg.say(ANA, "plain mark")
tg.answer(ANA, "plain answer", after=s2["message_id"])
tap.ok(r.returncode == 0 and len(tg.requests("getFile")) == n0,
       "a file of somebody banned is not fetched", r)
tap.ok(fam.stop() == 0, "the family ends")
session.fresh()
fam = Family(config(agent="session global",
                    top=UNASKED + "rate user %d 2/minute 9/hour\n" % BEN),
             "files2").start()
session.polling(tg, fam)
# Windows begin with the clock's minute: all three in one.
if 60 - time.time() % 60 < 20:
    time.sleep(60 - time.time() % 60 + 0.1)
n0 = len(tg.requests("getFile"))
for i in range(3):
    s = tg.document(BEN, "r%d.txt" % i, b"r%d" % i, caption="plain r%d" % i)
    tg.wait(10, chat=BEN, after=s["message_id"], contains="")
time.sleep(1)
tap.ok(len(tg.requests("getFile")) == n0 + 2,
       "nor one over the rate", tg.bot_texts(BEN, s["message_id"]))
OUT = outbox_told()
api.post("/rule", {"text": "do-stop", "reply": [tool(
    "Bash", command="echo half > %s/half.txt; sleep 30" % OUT)]})
s = tg.say(ANA, "do-stop")
end = time.time() + 10
while time.time() < end and not os.path.exists(OUT + "/half.txt"):
    time.sleep(0.02)
tg.say(ANA, "/stop")
tg.answer(ANA, "Stopped after", after=s["message_id"])
s = tg.say(ADMIN, "plain admin")
tg.answer(ADMIN, "plain answer", after=s["message_id"])
time.sleep(1)
tap.ok(not tg.files(ADMIN) and not find(OUT),
       "what a stopped turn of one chat left goes to no other",
       (tg.files(ADMIN), find(OUT)))
after = run("echo mine > %s/mine.txt" % OUT, chat=ADMIN)
got = sent(after, 1, chat=ADMIN)
tap.ok([m["file"]["filename"] for m in got] == ["mine.txt"] and
       not [m for m in tg.files(ANA) if m["file"]["filename"] in
            ("mine.txt", "half.txt")],
       "a turn's own go to its chat", got)
session.finish("files", tg, api, fam)
