/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * Character references: numbers, the names of HTML 4 and the commoner ones of
 * HTML 5.  A name that is not here stays as it is written.  Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "engines/tool/fetch/html.h"

/* In the order of strcmp(3); `bare' ones need no semicolon. */
static const struct name {
	char	 name[19];
	uint16_t code;
	uint8_t	 bare;
} names[] = {
	{ "AElig", 0xc6, 1 }, { "AMP", 0x26, 1 }, { "Aacute", 0xc1, 1 },
	{ "Abreve", 0x102 }, { "Acirc", 0xc2, 1 }, { "Agrave", 0xc0, 1 },
	{ "Alpha", 0x391 }, { "Amacr", 0x100 }, { "Aogon", 0x104 },
	{ "Aring", 0xc5, 1 }, { "Atilde", 0xc3, 1 }, { "Auml", 0xc4, 1 },
	{ "Beta", 0x392 }, { "COPY", 0xa9, 1 }, { "Cacute", 0x106 },
	{ "Ccaron", 0x10c }, { "Ccedil", 0xc7, 1 }, { "Chi", 0x3a7 },
	{ "Dagger", 0x2021 }, { "Dcaron", 0x10e }, { "Delta", 0x394 },
	{ "Dstrok", 0x110 }, { "ETH", 0xd0, 1 }, { "Eacute", 0xc9, 1 },
	{ "Ecaron", 0x11a }, { "Ecirc", 0xca, 1 }, { "Egrave", 0xc8, 1 },
	{ "Emacr", 0x112 }, { "Eogon", 0x118 }, { "Epsilon", 0x395 },
	{ "Eta", 0x397 }, { "Euml", 0xcb, 1 }, { "GT", 0x3e, 1 },
	{ "Gamma", 0x393 }, { "Gbreve", 0x11e }, { "Iacute", 0xcd, 1 },
	{ "Icirc", 0xce, 1 }, { "Idot", 0x130 }, { "Igrave", 0xcc, 1 },
	{ "Imacr", 0x12a }, { "Iota", 0x399 }, { "Iuml", 0xcf, 1 },
	{ "Kappa", 0x39a }, { "LT", 0x3c, 1 }, { "Lambda", 0x39b },
	{ "Leftarrow", 0x21d0 }, { "Lstrok", 0x141 }, { "Mu", 0x39c },
	{ "Nacute", 0x143 }, { "Ncaron", 0x147 }, { "NewLine", 0xa },
	{ "NonBreakingSpace", 0xa0 }, { "Ntilde", 0xd1, 1 }, { "Nu", 0x39d },
	{ "OElig", 0x152 }, { "Oacute", 0xd3, 1 }, { "Ocirc", 0xd4, 1 },
	{ "Odblac", 0x150 }, { "Ograve", 0xd2, 1 }, { "Omacr", 0x14c },
	{ "Omega", 0x3a9 }, { "Omicron", 0x39f }, { "Oslash", 0xd8, 1 },
	{ "Otilde", 0xd5, 1 }, { "Ouml", 0xd6, 1 }, { "Phi", 0x3a6 },
	{ "Pi", 0x3a0 }, { "Prime", 0x2033 }, { "Psi", 0x3a8 },
	{ "QUOT", 0x22, 1 }, { "REG", 0xae, 1 }, { "Rcaron", 0x158 },
	{ "Rho", 0x3a1 }, { "Rightarrow", 0x21d2 }, { "Sacute", 0x15a },
	{ "Scaron", 0x160 }, { "Scedil", 0x15e }, { "Sigma", 0x3a3 },
	{ "THORN", 0xde, 1 }, { "Tab", 0x9 }, { "Tau", 0x3a4 },
	{ "Tcaron", 0x164 }, { "Tcedil", 0x162 }, { "Theta", 0x398 },
	{ "ThinSpace", 0x2009 }, { "Uacute", 0xda, 1 }, { "Ucirc", 0xdb, 1 },
	{ "Udblac", 0x170 }, { "Ugrave", 0xd9, 1 }, { "Umacr", 0x16a },
	{ "Upsilon", 0x3a5 }, { "Uring", 0x16e }, { "Uuml", 0xdc, 1 },
	{ "Xi", 0x39e }, { "Yacute", 0xdd, 1 }, { "Yuml", 0x178 },
	{ "Zacute", 0x179 }, { "Zcaron", 0x17d }, { "Zdot", 0x17b },
	{ "ZeroWidthSpace", 0x200b }, { "Zeta", 0x396 },
	{ "aacute", 0xe1, 1 }, { "abreve", 0x103 }, { "acirc", 0xe2, 1 },
	{ "acute", 0xb4, 1 }, { "aelig", 0xe6, 1 }, { "agrave", 0xe0, 1 },
	{ "alefsym", 0x2135 }, { "aleph", 0x2135 }, { "alpha", 0x3b1 },
	{ "amacr", 0x101 }, { "amp", 0x26, 1 }, { "and", 0x2227 },
	{ "ang", 0x2220 }, { "aogon", 0x105 }, { "ap", 0x2248 },
	{ "apos", 0x27 }, { "approx", 0x2248 }, { "aring", 0xe5, 1 },
	{ "ast", 0x2a }, { "asymp", 0x2248 }, { "atilde", 0xe3, 1 },
	{ "auml", 0xe4, 1 }, { "bdquo", 0x201e }, { "beta", 0x3b2 },
	{ "beth", 0x2136 }, { "bigstar", 0x2605 }, { "blank", 0x2423 },
	{ "boxh", 0x2500 }, { "boxv", 0x2502 }, { "breve", 0x2d8 },
	{ "brvbar", 0xa6, 1 }, { "bsol", 0x5c }, { "bull", 0x2022 },
	{ "bullet", 0x2022 }, { "cacute", 0x107 }, { "cap", 0x2229 },
	{ "caron", 0x2c7 }, { "ccaron", 0x10d }, { "ccedil", 0xe7, 1 },
	{ "cedil", 0xb8, 1 }, { "cent", 0xa2, 1 }, { "check", 0x2713 },
	{ "checkmark", 0x2713 }, { "chi", 0x3c7 }, { "circ", 0x2c6 },
	{ "clubs", 0x2663 }, { "colon", 0x3a }, { "comma", 0x2c },
	{ "commat", 0x40 }, { "compfn", 0x2218 }, { "cong", 0x2245 },
	{ "copy", 0xa9, 1 }, { "copysr", 0x2117 }, { "crarr", 0x21b5 },
	{ "cross", 0x2717 }, { "cup", 0x222a }, { "curren", 0xa4, 1 },
	{ "dArr", 0x21d3 }, { "dagger", 0x2020 }, { "darr", 0x2193 },
	{ "dash", 0x2010 }, { "dcaron", 0x10f }, { "deg", 0xb0, 1 },
	{ "delta", 0x3b4 }, { "diams", 0x2666 }, { "divide", 0xf7, 1 },
	{ "dollar", 0x24 }, { "dot", 0x2d9 }, { "dstrok", 0x111 },
	{ "dtri", 0x25bf }, { "eacute", 0xe9, 1 }, { "ecaron", 0x11b },
	{ "ecirc", 0xea, 1 }, { "egrave", 0xe8, 1 }, { "ell", 0x2113 },
	{ "emacr", 0x113 }, { "empty", 0x2205 }, { "emptyset", 0x2205 },
	{ "emsp", 0x2003 }, { "ensp", 0x2002 }, { "eogon", 0x119 },
	{ "epsilon", 0x3b5 }, { "equals", 0x3d }, { "equiv", 0x2261 },
	{ "eta", 0x3b7 }, { "eth", 0xf0, 1 }, { "euml", 0xeb, 1 },
	{ "euro", 0x20ac }, { "excl", 0x21 }, { "exist", 0x2203 },
	{ "female", 0x2640 }, { "fnof", 0x192 }, { "forall", 0x2200 },
	{ "frac12", 0xbd, 1 }, { "frac13", 0x2153 }, { "frac14", 0xbc, 1 },
	{ "frac15", 0x2155 }, { "frac16", 0x2159 }, { "frac18", 0x215b },
	{ "frac23", 0x2154 }, { "frac25", 0x2156 }, { "frac34", 0xbe, 1 },
	{ "frac35", 0x2157 }, { "frac38", 0x215c }, { "frac45", 0x2158 },
	{ "frac56", 0x215a }, { "frac58", 0x215d }, { "frac78", 0x215e },
	{ "frasl", 0x2044 }, { "gamma", 0x3b3 }, { "gbreve", 0x11f },
	{ "ge", 0x2265 }, { "geq", 0x2265 }, { "grave", 0x60 },
	{ "gt", 0x3e, 1 }, { "hArr", 0x21d4 }, { "half", 0xbd },
	{ "harr", 0x2194 }, { "hbar", 0x210f }, { "hearts", 0x2665 },
	{ "hellip", 0x2026 }, { "horbar", 0x2015 }, { "hyphen", 0x2010 },
	{ "iacute", 0xed, 1 }, { "icirc", 0xee, 1 }, { "iexcl", 0xa1, 1 },
	{ "igrave", 0xec, 1 }, { "imacr", 0x12b }, { "image", 0x2111 },
	{ "imath", 0x131 }, { "infin", 0x221e }, { "inodot", 0x131 },
	{ "int", 0x222b }, { "iota", 0x3b9 }, { "iquest", 0xbf, 1 },
	{ "isin", 0x2208 }, { "iuml", 0xef, 1 }, { "kappa", 0x3ba },
	{ "lArr", 0x21d0 }, { "lambda", 0x3bb }, { "lang", 0x27e8 },
	{ "langle", 0x27e8 }, { "laquo", 0xab, 1 }, { "larr", 0x2190 },
	{ "larrhk", 0x21a9 }, { "lbrace", 0x7b }, { "lbrack", 0x5b },
	{ "lceil", 0x2308 }, { "lcub", 0x7b }, { "ldquo", 0x201c },
	{ "le", 0x2264 }, { "leftarrow", 0x2190 }, { "leq", 0x2264 },
	{ "lfloor", 0x230a }, { "lowast", 0x2217 }, { "lowbar", 0x5f },
	{ "loz", 0x25ca }, { "lpar", 0x28 }, { "lrm", 0x200e },
	{ "lsaquo", 0x2039 }, { "lsqb", 0x5b }, { "lsquo", 0x2018 },
	{ "lstrok", 0x142 }, { "lt", 0x3c, 1 }, { "ltri", 0x25c3 },
	{ "macr", 0xaf, 1 }, { "male", 0x2642 }, { "map", 0x21a6 },
	{ "mdash", 0x2014 }, { "micro", 0xb5, 1 }, { "middot", 0xb7, 1 },
	{ "minus", 0x2212 }, { "mu", 0x3bc }, { "nabla", 0x2207 },
	{ "nacute", 0x144 }, { "nbsp", 0xa0, 1 }, { "ncaron", 0x148 },
	{ "ndash", 0x2013 }, { "ne", 0x2260 }, { "nearr", 0x2197 },
	{ "ni", 0x220b }, { "not", 0xac, 1 }, { "notin", 0x2209 },
	{ "nsub", 0x2284 }, { "ntilde", 0xf1, 1 }, { "nu", 0x3bd },
	{ "num", 0x23 }, { "numero", 0x2116 }, { "nwarr", 0x2196 },
	{ "oacute", 0xf3, 1 }, { "ocirc", 0xf4, 1 }, { "odblac", 0x151 },
	{ "oelig", 0x153 }, { "ogon", 0x2db }, { "ograve", 0xf2, 1 },
	{ "oline", 0x203e }, { "omacr", 0x14d }, { "omega", 0x3c9 },
	{ "omicron", 0x3bf }, { "oplus", 0x2295 }, { "or", 0x2228 },
	{ "ordf", 0xaa, 1 }, { "ordm", 0xba, 1 }, { "oslash", 0xf8, 1 },
	{ "otilde", 0xf5, 1 }, { "otimes", 0x2297 }, { "ouml", 0xf6, 1 },
	{ "para", 0xb6, 1 }, { "part", 0x2202 }, { "percnt", 0x25 },
	{ "period", 0x2e }, { "permil", 0x2030 }, { "perp", 0x22a5 },
	{ "phi", 0x3c6 }, { "phone", 0x260e }, { "pi", 0x3c0 },
	{ "piv", 0x3d6 }, { "planck", 0x210f }, { "plus", 0x2b },
	{ "plusmn", 0xb1, 1 }, { "pound", 0xa3, 1 }, { "prime", 0x2032 },
	{ "prod", 0x220f }, { "prop", 0x221d }, { "psi", 0x3c8 },
	{ "quest", 0x3f }, { "quot", 0x22, 1 }, { "rArr", 0x21d2 },
	{ "radic", 0x221a }, { "rang", 0x27e9 }, { "rangle", 0x27e9 },
	{ "raquo", 0xbb, 1 }, { "rarr", 0x2192 }, { "rarrhk", 0x21aa },
	{ "rbrace", 0x7d }, { "rbrack", 0x5d }, { "rcaron", 0x159 },
	{ "rceil", 0x2309 }, { "rcub", 0x7d }, { "rdquo", 0x201d },
	{ "real", 0x211c }, { "reg", 0xae, 1 }, { "rfloor", 0x230b },
	{ "rho", 0x3c1 }, { "rightarrow", 0x2192 }, { "ring", 0x2da },
	{ "rlm", 0x200f }, { "rpar", 0x29 }, { "rsaquo", 0x203a },
	{ "rsqb", 0x5d }, { "rsquo", 0x2019 }, { "rtri", 0x25b9 },
	{ "sacute", 0x15b }, { "sbquo", 0x201a }, { "scaron", 0x161 },
	{ "scedil", 0x15f }, { "sdot", 0x22c5 }, { "searr", 0x2198 },
	{ "sect", 0xa7, 1 }, { "semi", 0x3b }, { "setminus", 0x2216 },
	{ "shy", 0xad, 1 }, { "sigma", 0x3c3 }, { "sigmaf", 0x3c2 },
	{ "sim", 0x223c }, { "sol", 0x2f }, { "spades", 0x2660 },
	{ "squ", 0x25a1 }, { "square", 0x25a1 }, { "star", 0x2606 },
	{ "starf", 0x2605 }, { "sub", 0x2282 }, { "sube", 0x2286 },
	{ "sum", 0x2211 }, { "sup", 0x2283 }, { "sup1", 0xb9, 1 },
	{ "sup2", 0xb2, 1 }, { "sup3", 0xb3, 1 }, { "supe", 0x2287 },
	{ "swarr", 0x2199 }, { "szlig", 0xdf, 1 }, { "tau", 0x3c4 },
	{ "tcaron", 0x165 }, { "tcedil", 0x163 }, { "telrec", 0x2315 },
	{ "there4", 0x2234 }, { "theta", 0x3b8 }, { "thetasym", 0x3d1 },
	{ "thinsp", 0x2009 }, { "thorn", 0xfe, 1 }, { "tilde", 0x2dc },
	{ "times", 0xd7, 1 }, { "trade", 0x2122 }, { "uArr", 0x21d1 },
	{ "uacute", 0xfa, 1 }, { "uarr", 0x2191 }, { "ucirc", 0xfb, 1 },
	{ "udblac", 0x171 }, { "ugrave", 0xf9, 1 }, { "umacr", 0x16b },
	{ "uml", 0xa8, 1 }, { "upsih", 0x3d2 }, { "upsilon", 0x3c5 },
	{ "uring", 0x16f }, { "utri", 0x25b5 }, { "uuml", 0xfc, 1 },
	{ "varnothing", 0x2205 }, { "verbar", 0x7c }, { "vert", 0x7c },
	{ "weierp", 0x2118 }, { "xi", 0x3be }, { "yacute", 0xfd, 1 },
	{ "yen", 0xa5, 1 }, { "yuml", 0xff, 1 }, { "zacute", 0x17a },
	{ "zcaron", 0x17e }, { "zdot", 0x17c }, { "zeta", 0x3b6 },
	{ "zwj", 0x200d }, { "zwnj", 0x200c },
};

size_t
utf8_put(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return (1);
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return (2);
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return (3);
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return (4);
}

static int
digit(int c, int hex)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (hex && (c | 32) >= 'a' && (c | 32) <= 'f')
		return ((c | 32) - 'a' + 10);
	return (-1);
}

static size_t
number_at(const char *p, size_t len, char out[8], size_t *outlen)
{
	size_t i = 2, start;
	uint32_t c = 0;
	int hex, d;
	char one;

	hex = len > 2 && (p[2] | 32) == 'x';
	start = i += (size_t)hex;
	for (; i < len && (d = digit(p[i], hex)) != -1; i++)
		if (c <= 0x10ffff)
			c = c * (hex ? 16 : 10) + (uint32_t)d;
	if (i == start)
		return (0);
	if (i < len && p[i] == ';')
		i++;
	if (c >= 0x80 && c <= 0x9f) {	/* meant as in windows-1252 */
		struct buf b;

		buf_init(&b);
		one = (char)c;
		if (charset_utf8(CHARSET_1252, &one, 1, &b) == 0 &&
		    b.len <= 4) {
			memcpy(out, b.p, b.len);
			*outlen = b.len;
		}
		buf_free(&b);
		return (i);
	}
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	*outlen = utf8_put(c, out);
	return (i);
}

static int
is_alnum(int c)
{
	return (digit(c, 0) != -1 || ((c | 32) >= 'a' && (c | 32) <= 'z'));
}

static int
name_cmp(const void *key, const void *elem)
{
	return (strcmp(key, ((const struct name *)elem)->name));
}

static const struct name *
name_find(const char *p, size_t n)
{
	char key[sizeof(names[0].name)];

	if (n >= sizeof(key))
		return (NULL);
	memcpy(key, p, n);
	key[n] = '\0';
	return (bsearch(key, names, NELEM(names), sizeof(names[0]),
	    name_cmp));
}

size_t
entity_at(const char *p, size_t len, int in_attr, char out[8],
    size_t *outlen)
{
	const struct name *e = NULL;
	size_t n;

	*outlen = 0;
	if (len >= 3 && p[1] == '#')
		return (number_at(p, len, out, outlen));
	for (n = 1; n < len && n < sizeof(e->name) && is_alnum(p[n]); n++)
		;
	if (n < len && p[n] == ';' && (e = name_find(p + 1, n - 1)) != NULL) {
		*outlen = utf8_put(e->code, out);
		return (n + 1);
	}
	/* The longest that needs no semicolon; in an attribute "&copy=1" is
	 * a parameter. */
	for (; n > 2; n--) {
		if ((e = name_find(p + 1, n - 1)) == NULL || !e->bare)
			continue;
		if (in_attr && n < len && (p[n] == '=' || is_alnum(p[n])))
			return (0);
		*outlen = utf8_put(e->code, out);
		return (n);
	}
	return (0);
}

void
entity_text(const char *p, size_t len, int in_attr, struct buf *b)
{
	const char *q;
	char out[8];
	size_t n, outlen;

	while (len > 0) {
		q = memchr(p, '&', len);
		n = q == NULL ? len : (size_t)(q - p);
		(void)buf_add(b, p, n);
		p += n;
		len -= n;
		if (len == 0)
			break;
		if ((n = entity_at(p, len, in_attr, out, &outlen)) > 0)
			(void)buf_add(b, out, outlen);
		else
			(void)buf_add(b, p, n = 1);
		p += n;
		len -= n;
	}
}
