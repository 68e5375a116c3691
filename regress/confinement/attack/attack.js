// Copyright (c) 2026 the telclauded authors
// SPDX-License-Identifier: ISC
//
// Attacks in node; the lines are as attack.py says.
'use strict';
const fs = require('fs'), net = require('net'), E = process.env;
const R = "read another's files", W = 'write outside the workspace';
const RO = 'READ_ONLY writes';
const say = (i, k, n, r, a) =>
	console.log([i, k, n + ' (node)', r, a || ''].join('|'));

function attempt(item, kind, name, fn, allowed) {
	let r = 'DONE';
	try {
		fn();
	} catch (e) {
		r = e.code || 'BROKEN ' + e.message;
	}
	say(item, kind, name, r, allowed);
}

for (const [what, p] of [['a private file', E.T_OUT + '/secret'],
    ['/etc/shadow', '/etc/shadow'], ['the state', E.T_STATE + '/db'],
    ["another scope's", E.T_OTHER + '/theirs'],
    ['by a link', E.T_WS + '/way/secret']]) {
	attempt(R, 'never', 'read ' + what, () => fs.readFileSync(p));
	attempt(W, 'never', 'append to ' + what, () => fs.appendFileSync(p, 'x'));
	attempt(W, 'never', 'unlink ' + what, () => fs.unlinkSync(p));
	attempt(W, 'never', 'rename ' + what,
	    () => fs.renameSync(p, E.T_WS + '/in'));
	attempt(W, 'never', 'link ' + what, () => fs.linkSync(p, E.T_WS + '/in'));
	attempt(W, 'never', 'copy over ' + what,
	    () => fs.copyFileSync(E.T_WS + '/victim', p));
}
attempt(R, 'never', 'list', () => fs.readdirSync(E.T_OUT + '/d'));
attempt(W, 'never', 'mkdir', () => fs.mkdirSync(E.T_OUT + '/made'));
attempt(W, 'never', 'remove a tree', () => {
	fs.rmSync(E.T_OUT + '/d', { recursive: true });
	if (fs.existsSync(E.T_OUT + '/d'))
		throw Object.assign(new Error(), { code: 'EACCES' });
}, 'ERR_FS_EISDIR');
attempt(R, 'twin', 'read', () => fs.readFileSync(E.T_WS + '/victim'));
attempt(W, 'tmp', 'write in /tmp', () => {
	const f = (E.TMPDIR || '/tmp') + '/node';
	fs.writeFileSync(f, 'x');
	fs.unlinkSync(f);
});
attempt(RO, 'ro', 'write', () => fs.writeFileSync(E.T_WS + '/victim', 'x'));
attempt(RO, 'ro', 'truncate', () => fs.truncateSync(E.T_WS + '/victim', 1));
attempt(RO, 'ro', 'chmod', () => fs.chmodSync(E.T_WS + '/victim', 0o644));
attempt(RO, 'ro', 'utimes', () => fs.utimesSync(E.T_WS + '/victim', 3, 3));
attempt(RO, 'ro', 'mkdtemp', () =>
    fs.rmdirSync(fs.mkdtempSync(E.T_WS + '/node')));
for (const p of E.T_PIDS.split(' '))
	attempt('signals', 'never', 'kill ' + p, () => process.kill(+p, 15),
	    'ESRCH');
for (const [item, path] of [["the host's Unix sockets", E.T_SOCK],
    ['abstract sockets', '\0' + E.T_ABSTRACT]]) {
	const s = net.connect(path);
	s.on('error', (e) => { say(item, 'never', 'connect', e.code, ''); });
	s.on('connect', () => { say(item, 'never', 'connect', 'DONE', '');
	    s.destroy(); });
}
