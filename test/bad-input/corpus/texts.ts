import { refused } from './case.ts'
import type { Case, Family } from './case.ts'

const same = (...given: string[]): Case[] => given.map((text) => [text, text])
const no = (...given: string[]): Case[] => given.map((text) => [text, refused])
const control = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1))
/** PostgreSQL has no such character. */
const nul = { on: { PostgreSQL: refused } } as const

export const texts: Family = {
  c_name: [
    ...control.map((character): Case => [`a${character}b`, `a${character}b`]),
    ...same('', ' ', '   ', ' a', 'a ', 'a  ', '\t', '\n', '\r', '\r\n', 'a\tb', 'a\nb', 'a\r\nb', '\u007F', '\u0085', '\u00A0', '\u00AD', '\u200B', '\u200D', '\u200F', '\u202E', '\u2028',
      '\u2029', '\uFEFF', '\uFEFFa', '\uFFFD', '\uFFFE', '\uFFFF', '\u{10FFFF}', '\u{1F600}', 'é', 'e\u0301', 'ﬁ', 'İ', 'ß', 'ΐ', '漢字', 'אבג', 'ไทย', '👨‍👩‍👧'),
    ...same('"', '""', "'", "''", '`', '\\', '\\\\', '\\n', '\\t', '\\0', '\\x00', '\\u0000', '\\"', ',', ';', '|', ',,', '","', '%', '_', '%s', '$1', ':a', '?', '@a', '--', '/*', '*/', '#', "';--",
      '\\.', '{}', '[]', '<a>', '&amp;', '%00', '0', '00', '1.10', '+1', '1e3', '=1+1', '@SUM'),
    ...same('aaaaaaaaaa', '\u{1F600}'.repeat(10), 'é'.repeat(10), '漢'.repeat(10), 'e\u0301'.repeat(5), 'a         ', '         a'),
    ...no('aaaaaaaaaaa', '\u{1F600}'.repeat(11), 'é'.repeat(11), 'e\u0301'.repeat(6), 'a          ', '           ', 'aaaaaaaaaa\n', 'x'.repeat(1000)),
    ['\0', '\0', nul], ['a\0b', 'a\0b', nul], ['a\0', 'a\0', nul], ['\0\0', '\0\0', nul], ['A\0', 'A\0', { ...nul, token: '"A\\u0000"' }],
  ],
  c_text: [
    ...same('x'.repeat(65_535), `${'x'.repeat(4_000)}\n${'y'.repeat(4_000)}`), ['x'.repeat(65_536), 'x'.repeat(65_536), { on: { MariaDB: refused } }],
    ['漢'.repeat(21_845), '漢'.repeat(21_845)], ['漢'.repeat(21_846), '漢'.repeat(21_846), { on: { MariaDB: refused } }],
  ],
  c_bytes: [
    ...same('a'.repeat(255), '漢'.repeat(85), `${'é'.repeat(127)}a`, `${'\u{1F600}'.repeat(63)}abc`), ...no('a'.repeat(256), '漢'.repeat(86), 'é'.repeat(128), '\u{1F600}'.repeat(64), `${'\u{1F600}'.repeat(63)}abcd`),
  ],
  c_code: [
    ...same('', 'a', 'abc', ' ab', '漢字x', '\u{1F600}'.repeat(3)), ...no('abcd', '\u{1F600}'.repeat(4)),
    ['ab ', 'ab ', { on: { MariaDB: refused } }], ['a  ', 'a  ', { on: { MariaDB: refused } }], [' ', ' ', { on: { MariaDB: refused } }], ['abc ', refused],
  ],
  c_must: [...same('', 'NULL', ' ', '0'), [null, refused]],
}
