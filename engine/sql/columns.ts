import type { Create, FinishCreate } from './create-columns.ts'
import type { Glance } from './glance.ts'
import type { Begin, Blank, Digit, InMode, Mark, Open, Read, State, Unsure } from './reading-state.ts'
import type { FinishSelect, Select } from './select-columns.ts'

/**
 * Reads names out of SQL text at compile time: every name, or none.
 *
 * A text is scanned once, token by token, and one of two grammars sees the tokens: `Create` or `Select`.
 * Whatever the scanner or a grammar isn't sure of ends in `Open`, and the type is then `string`; the check against the
 * live database stands in every case. `create.ts` and `source.ts` are the same rule at run time.
 *
 * The compiler stops after 1,000 steps of one recursion, so a text is cut into blocks of 8 lines, a line into pieces of
 * 8 commas, and a piece into tokens. The cuts mean nothing: a string or a comment may run over them.
 */

/** The columns that a `CREATE TABLE t (…)` names, or `string` where they can't be read with certainty. */
export type ColumnsOf<S extends string> = S extends string ? NamesIn<ReadOf<'create', S>> : never

/** The table that a `CREATE TABLE t (…)` names, or `string`. */
export type TableOf<S extends string> = S extends string ? ReadOf<'create', S> extends Read<string, infer T> ? T : string : never

/** The columns that a `SELECT … AS name, …` gives, or `string` where they can't be read with certainty. */
export type AliasesOf<S extends string> = S extends string ? NamesIn<ReadOf<'select', S>> : never

type Grammar = 'create' | 'select'
type NamesIn<R> = R extends Read<infer N, string> ? [N] extends [never] ? string : N : string

/** A text that isn't known letter by letter, such as `SELECT ${string}`, stays open: it would be one key of many. */
type ReadOf<G extends Grammar, S extends string> = {} extends Record<S, 1> ? Open : Finish<G, Lines<G, `${S}\n`, Begin>>

type Finish<G, St> = St extends State
  ? St[3] extends '' ? St[4] extends '' ? G extends 'select' ? FinishSelect<Select<St, ';'>> : FinishCreate<St> : Open : Open
  : Open

// ── Text to tokens. A token is a word or mark as written; a quoted name is `"name`; a string is `'text`. ─────────────

type Lines<G, S extends string, St> = St extends State
  ? S extends `${infer A}\n${infer B}\n${infer C}\n${infer D}\n${infer E}\n${infer F}\n${infer H}\n${infer I}\n${infer Rest}`
    ? Lines<G, Rest, EachLine<G, `${A}\n${B}\n${C}\n${D}\n${E}\n${F}\n${H}\n${I}\n`, St>>
    : EachLine<G, S, St>
  : St
type EachLine<G, S extends string, St> =
  S extends `${infer Line}\n${infer Rest}` ? EachLine<G, Rest, Pieces<G, `${Line}\n`, St>> : St

type Pieces<G, S extends string, St> = S extends EightCommas
  ? S extends `${infer A},${infer B},${infer C},${infer D},${infer E},${infer F},${infer H},${infer I},${infer Rest}`
    ? Pieces<G, Rest, Piece<G, `${A},${B},${C},${D},${E},${F},${H},${I},`, St>> : St
  : Piece<G, S, St>
type EightCommas = `${string},${string},${string},${string},${string},${string},${string},${string},${string}`

type Piece<G, S extends string, St> = St extends State
  ? Glance<G, S, St> extends infer Seen extends State ? Seen : S extends ManyBlanks ? ScanLong<G, S, St> : Scan<G, S, St>
  : St

/** A piece of very many words is cut at blanks too. */
type ManyBlanks = `${FiveBlanks}${FiveBlanks}${FiveBlanks}${FiveBlanks}${FiveBlanks}${FiveBlanks}${FiveBlanks}${FiveBlanks}${string}`
type FiveBlanks = `${string} ${string} ${string} ${string} ${string} `
type ScanLong<G, S extends string, St> =
  S extends `${infer A} ${infer B} ${infer C} ${infer D} ${infer E} ${infer F} ${infer H} ${infer I} ${infer Rest}`
    ? ScanLong<G, Rest, Scan<G, `${A} ${B} ${C} ${D} ${E} ${F} ${H} ${I} `, St>>
    : Scan<G, S, St>

type Scan<G, S extends string, St> = St extends State
  ? St[4] extends ''
    ? S extends `${infer W} ${infer R}`
      ? W extends '' | '\n' ? Scan<G, R, St>
      : W extends `${string}${Blank | Mark}${string}` ? ScanMarked<G, S, Cut<W>, St>
      : Scan<G, R, Word<G, W, St>>
    : S extends '' | '\n' ? St
    : ScanMarked<G, S, Cut<S>, St>
    : Resume<G, S, St>
  : St

/** What is before the first stop. */
type Cut<S extends string> = S extends `${infer A}.${string}` ? Cut2<A> : Cut2<S>
type Cut2<S extends string> = S extends `${infer A}(${string}` ? Cut3<A> : Cut3<S>
type Cut3<S extends string> = S extends `${infer A},${string}` ? Cut4<A> : Cut4<S>
type Cut4<S extends string> = S extends `${infer A})${string}` ? Cut5<A> : Cut5<S>
type Cut5<S extends string> = S extends `${infer A}\n${string}` ? Cut6<A> : Cut6<S>
type Cut6<S extends string> = S extends `${string}${Blank | Mark}${string}` ? Letters<S> : S
type Letters<S extends string, W extends string = ''> = S extends `${infer C}${infer R}` ? C extends Blank | Mark ? W : Letters<R, `${W}${C}`> : W

type ScanMarked<G, S extends string, W extends string, St extends State> =
  W extends '' ? S extends `${infer C}${infer R}` ? C extends Mark ? ScanMark<G, C, R, St> : Scan<G, R, St> : St
  : S extends `${W}${infer R}` ? Scan<G, R, Word<G, W, St>> : Open

type Word<G, W extends string, St extends State> = W extends `${Digit}${string}` ? W extends `${number}` ? Step<G, St, '0'> : Open : Step<G, St, W>

type ScanMark<G, C extends Mark, R extends string, St extends State> =
  C extends '\'' | '"' | '`' ? R extends `${infer Q}${C}${infer R2}`
    ? Q extends `${string}\\` ? Open
    : R2 extends `${C}${infer R3}` ? Scan<G, R3, InMode<St, C>>
    : Scan<G, R2, Step<G, St, `${C extends '\'' ? C : '"'}${Q}`>>
    : Scan<G, '', InMode<St, C>>
  : C extends '(' | '[' | '{' ? Scan<G, R, Deeper<Step<G, St, C>>>
  : C extends ')' | ']' | '}' ? Scan<G, R, Step<G, Shallower<St>, C>>
  : C extends '-' ? R extends `-${infer R2}` ? R2 extends `${Blank}${string}` ? SkipLine<G, R2, St> : Open : Scan<G, R, Step<G, St, C>>
  : C extends '/' ? R extends `*${infer R2}` ? R2 extends `${'!' | 'M!'}${string}` ? Open : Resume<G, R2, InMode<St, '*/'>> : Scan<G, R, Step<G, St, C>>
  : C extends '#' ? G extends 'create' ? St[0] extends 'column' ? SkipLine<G, R, St> : Open : Open
  : C extends Unsure ? Open
  : Scan<G, R, Step<G, St, C>>

/** Over the rest of the line, which may be in the pieces that follow. */
type SkipLine<G, R extends string, St extends State> = Resume<G, R, InMode<St, '\n'>>

/** On within a string or comment that was opened before. */
type Resume<G, S extends string, St extends State> =
  S extends `${infer Q}${St[4]}${infer R}`
    ? St[4] extends '\n' ? Scan<G, R, InMode<St, ''>>
    : St[4] extends '*/' ? Q extends `${string}/*${string}` ? Open : Scan<G, R, InMode<St, ''>>
    : Q extends `${string}\\` ? Open
    : R extends `${St[4]}${infer R2}` ? Scan<G, R2, St>
    : Scan<G, R, Step<G, InMode<St, ''>, `'`>>
  : St[4] extends '*/' ? S extends `${string}/*${string}` ? Open : St
  : St

type Deeper<St> = St extends State ? [St[0], St[1], St[2], `(${St[3]}`, ''] : St
type Shallower<St extends State> = St[3] extends `(${infer D}` ? [St[0], St[1], St[2], D, ''] : Open

type Step<G, St, T extends string> = St extends State ? G extends 'create' ? Create<St, T> : Select<St, T> : St
