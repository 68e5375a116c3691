# Copyright (c) 2026 the telclauded authors
# SPDX-License-Identifier: ISC
#
# Attacks in Perl; the lines are as attack.py says.
use strict;
use warnings;
use Errno;
use Fcntl;
use Socket;

$| = 1;
my ($ws, $out, $other, $state) = @ENV{qw(T_WS T_OUT T_OTHER T_STATE)};
my %name = map { my $n = Errno->can($_) ? Errno->can($_)->() : undef;
    defined $n ? ($n => $_) : () } keys %!;

sub try {
	my ($item, $kind, $name, $fn, $allowed) = @_;
	local $! = 0;
	my $r = eval { $fn->() ? "DONE" : ($name{$! + 0} // "errno " . ($! + 0)) };
	$r = "BROKEN $@" =~ tr/\n|/  /r if $@;
	print join("|", $item, $kind, "$name (perl)", $r, $allowed // ""), "\n";
}

my ($r, $w, $ro) = ("read another's files", "write outside the workspace",
    "READ_ONLY writes");
for (["a private file", "$out/secret"], ["/etc/shadow", "/etc/shadow"],
    ["the state", "$state/db"], ["another scope's", "$other/theirs"],
    ["by a link", "$ws/way/secret"]) {
	my ($what, $path) = @$_;
	try($r, "never", "open $what", sub { open(my $f, "<", $path) });
	try($w, "never", "open >> $what", sub { open(my $f, ">>", $path) });
	try($w, "never", "open +< $what", sub { open(my $f, "+<", $path) });
	try($w, "never", "truncate $what", sub { truncate($path, 0) });
	try($w, "never", "unlink $what", sub { unlink($path) });
	try($w, "never", "rename $what", sub { rename($path, "$ws/in") });
	try($w, "never", "link $what", sub { link($path, "$ws/in") });
}
try($r, "never", "opendir the owner's home", sub { opendir(my $d, "$out/d") });
try($w, "never", "mkdir", sub { mkdir("$out/made") });
try($w, "never", "symlink", sub { symlink("/", "$out/made") });
try($w, "never", "rmdir", sub { rmdir("$out/d") });
try($r, "twin", "open in the workspace",
    sub { open(my $f, "<", "$ws/victim") });
try($w, "tmp", "write in /tmp", sub {
	my $t = ($ENV{TMPDIR} // "/tmp") . "/perl";
	my $f;
	open($f, ">", $t) && close($f) && unlink($t) });
try($ro, "ro", "open >", sub { open(my $f, ">", "$ws/victim") });
try($ro, "ro", "open >>", sub { open(my $f, ">>", "$ws/victim") });
try($ro, "ro", "sysopen O_TRUNC", sub {
	sysopen(my $f, "$ws/victim", O_RDONLY | O_TRUNC) });
try($ro, "ro", "truncate", sub { truncate("$ws/victim", 1) });
try($ro, "ro", "chmod", sub { chmod(0644, "$ws/victim") });
try($ro, "ro", "utime", sub { utime(7, 7, "$ws/victim") });
try($ro, "ro", "mkdir and rmdir", sub {
	mkdir("$ws/perl") && rmdir("$ws/perl") });
try($ro, "ro", "symlink and unlink", sub {
	symlink("x", "$ws/perl") && unlink("$ws/perl") });
try("the host's Unix sockets", "never", "connect", sub {
	my $s;
	socket($s, AF_UNIX, SOCK_STREAM, 0) &&
	    connect($s, pack_sockaddr_un($ENV{T_SOCK})) });
try("abstract sockets", "never", "connect", sub {
	my $s;
	socket($s, AF_UNIX, SOCK_STREAM, 0) &&
	    connect($s, pack_sockaddr_un("\0$ENV{T_ABSTRACT}")) });
try("raw and packet sockets", "never", "raw", sub {
	socket(my $s, AF_INET, SOCK_RAW, 1) }, "ENOSYS");
for my $pid (split ' ', $ENV{T_PIDS}) {
	try("signals", "never", "kill $pid", sub { kill("TERM", $pid) },
	    "ESRCH");
}
