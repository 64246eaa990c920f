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
type Read<Names extends string, Table extends string> = { names: Names, table: Table }
type NamesIn<R> = R extends Read<infer N, string> ? [N] extends [never] ? string : N : string

/** A text that isn't known letter by letter, such as `SELECT ${string}`, stays open: it would be one key of many. */
type ReadOf<G extends Grammar, S extends string> = {} extends Record<S, 1> ? Open : Finish<G, Lines<G, `${S}\n`, Begin>>

// What is known while reading: where in the grammar we are (Item), the names so far, the table, a `(` for each open
// bracket (Depth), and what closes the string or comment that is open (Mode).
type Open = 'open'
type State = [item: unknown, names: string, table: string, depth: string, mode: string]
type Begin = ['begin', never, '', '', '']
type To<St extends State, I> = [I, St[1], St[2], St[3], '']
type Named<St extends State, Name extends string, I> = [I, St[1] | Name, St[2], St[3], '']
type InMode<St extends State, Mode extends string> = [St[0], St[1], St[2], St[3], Mode]

type Finish<G, St> = St extends State
  ? St[3] extends '' ? St[4] extends '' ? G extends 'select' ? FinishSelect<Select<St, ';'>> : FinishCreate<St> : Open : Open
  : Open

// ── Text to tokens. A token is a word or mark as written; a quoted name is `"name`; a string is `'text`. ─────────────

type Blank = ' ' | '\n' | '\t' | '\r'
/** Databases disagree on what these are; or they look like a blank and aren't one. */
type Unsure = '\\' | '#' | '$' | '\0' | '\f' | '\v' | '\u00A0' | '\u200B' | '\u2028' | '\u2029' | '\uFEFF'
type Mark = '\'' | '"' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '.' | '-' | '/' | '*' | '+' | '%' | '|' | '&' | '^' |
  '~' | '<' | '>' | '=' | '!' | '@' | '?' | ':' | Unsure
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'

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

// ── Most lines are plain and whole: a glance tells what token by token would say, for a fifth of the time ────────────

/** The state after a line of whole items, or of the tail; `unknown` for any line that wants a closer look. */
type Glance<G, S extends string, St extends State> =
  St extends ['column', string, string, '(', ''] ? GlanceColumns<Flat<Calm<WithoutTicks<S>>>, St>
  : St extends ['item', string, string, '', ''] ? Uppercase<S> extends `${string}COLUMNS${string}` ? unknown : GlanceItems<Flat<Calm<S>>, St>
  : St extends ['tail', string, string, '', ''] ? GlanceTail<G, Flat<Calm<S>>, St>
  : unknown

/** `price` for a first name in backticks, as MySQL writes it. */
type WithoutTicks<S extends string> =
  S extends `${infer A}\`${infer N}\` ${infer R}` ? N extends Stopped ? S : Uppercase<N> extends NoColumn | 'PERIOD' ? S
  : A extends Blanks ? `${N} ${R}` : S : S
type Blanks = '' | ' ' | '  ' | '    ' | '      ' | '        ' | '\t' | '\t\t'

type Stopped = `${string}${Blank | Mark}${string}`
type Hard = `${string}${'\'' | '"' | '`' | '[' | ']' | '{' | '}' | ';' | '--' | '/*' | Unsure}${string}`

/** Without its strings and the comment at its end; unknown where that is not simple. */
type Calm<S extends string> =
  S extends `${infer A}'${infer B}`
    ? A extends Hard ? WithoutComment<S>
    : B extends `${infer Q}'${infer C}`
      ? Q extends `${string}\\` ? unknown : C extends `'${string}` ? unknown : Calm<`${A} 0 ${C}`>
      : unknown
    : S extends Hard ? WithoutComment<S> : S
type WithoutComment<S extends string> = S extends `${infer A}-- ${string}` ? A extends Hard ? unknown : A : unknown

/** Without its brackets and what they hold; unknown where they don't match. */
type Flat<S> =
  S extends `${infer A})${infer C}` ? A extends `${string}(${string}` ? Flat<`${BeforeLastBracket<A>} 0 ${C}`> : unknown
  : S extends `${string}(${string}` ? unknown : S
type BeforeLastBracket<A extends string, Done extends string = ''> =
  A extends `${infer P}(${infer Q}` ? Q extends `${string}(${string}` ? BeforeLastBracket<Q, `${Done}${P}(`> : `${Done}${P}` : never

type GlanceColumns<S, St extends State> =
  S extends `${infer A},${infer R}`
    ? FirstOf<A> extends infer W extends string
      ? Uppercase<W> extends NoColumn ? GlanceColumns<R, St>
      : Uppercase<W> extends 'PERIOD' ? unknown
      : W extends `${Digit}${string}` | Stopped ? unknown : GlanceColumns<R, Named<St, W, 'column'>>
      : unknown
    : S extends Blanks | '\n' | ' \n' | '\r\n' ? St : unknown
type FirstOf<S extends string> =
  S extends `    ${infer R}` ? FirstOf<R> : S extends ` ${infer R}` ? FirstOf<R> : S extends `${infer W} ${string}` ? W : unknown

type GlanceItems<S, St extends State> =
  S extends `${infer A},${infer R}`
    ? A extends `${infer E} ${'AS' | 'as'} ${infer N}`
      ? N extends Stopped | `${Digit}${string}` | '' ? unknown
      : Uppercase<E> extends Risky | Lowercase<E> ? unknown : GlanceItems<R, Named<St, N, 'item'>>
      : unknown
    : S extends Blanks | '\n' | ' \n' | '\r\n' ? St : unknown
type Risky = `${string}${'*' | ' AS' | 'AS ' | 'SELECT' | 'UNNEST' | 'DISTINCT' | EndOfList}${string}`

type GlanceTail<G, S, St extends State> =
  S extends string ? Uppercase<S> extends (G extends 'create' ? `${string}${'SELECT' | 'AS' | 'LIKE'}${string}` : `${string}UNION${string}`) ? unknown : St : unknown

// ── CREATE TABLE t (name …, …): a column's name is the first of its item ─────────────────────────────────────────────

type NoColumn = 'PRIMARY' | 'UNIQUE' | 'KEY' | 'INDEX' | 'FOREIGN' | 'CONSTRAINT' | 'CHECK' | 'FULLTEXT' | 'SPATIAL' | 'LIKE' | 'EXCLUDE'

/** Item: begin, create, table, if, not, exists, opens, column, period, rest, tail, end. */
type Create<St extends State, T extends string> = St[3] extends ''
  ? CreateOutside<St, T, Uppercase<T>>
  : St[3] extends '(' ? CreateInside<St, T> : St

type CreateOutside<St extends State, T extends string, U extends string> =
  St[0] extends 'tail' ? U extends 'SELECT' | 'AS' | 'LIKE' ? Open : U extends ';' ? To<St, 'end'> : St
  : St[0] extends 'end' ? U extends ';' ? St : Open
  : St[0] extends 'begin' ? U extends 'CREATE' ? To<St, 'create'> : Open
  : St[0] extends 'create' ? U extends 'TABLE' ? To<St, 'table'> : Open
  : St[0] extends 'table' ? U extends 'IF' ? To<St, 'if'> : TableNamed<St, T>
  : St[0] extends 'if' ? U extends 'NOT' ? To<St, 'not'> : Open
  : St[0] extends 'not' ? U extends 'EXISTS' ? To<St, 'exists'> : Open
  : St[0] extends 'exists' ? TableNamed<St, T>
  : St[0] extends 'opens' ? U extends '(' ? To<St, 'column'> : Open
  : St[0] extends 'rest' ? U extends ')' ? To<St, 'tail'> : Open
  : Open

type TableNamed<St extends State, T extends string> = NameIn<T> extends infer N extends string ? ['opens', St[1], N, '', ''] : Open

type CreateInside<St extends State, T extends string> =
  St[0] extends 'rest' ? T extends ',' ? To<St, 'column'> : St
  : St[0] extends 'column'
    ? Uppercase<T> extends NoColumn ? To<St, 'rest'>
    : Uppercase<T> extends 'PERIOD' ? To<St, ['period', T]>
    : NameIn<T> extends infer N extends string ? Named<St, N, 'rest'> : Open
  : St[0] extends 'tail' ? St
  : St[0] extends ['period', infer P extends string]
    ? Uppercase<T> extends 'FOR' ? To<St, 'rest'> : T extends ',' ? Open : Named<St, P, 'rest'>
  : Open

type FinishCreate<St extends State> = St[0] extends 'tail' | 'end' ? Read<St[1], St[2]> : Open

// ── SELECT … AS name, …: a column's name is the last of its item ─────────────────────────────────────────────────────

type NoSelect = 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'REPLACE' | 'VALUES' | 'TABLE' | 'FROM' | SetWord
type SetWord = 'UNION' | 'INTERSECT' | 'EXCEPT' | 'MINUS'
/** After a name that AS has given, these end the list. */
type EndOfList = 'FROM' | SetWord | 'WHERE' | 'GROUP' | 'HAVING' | 'ORDER' | 'LIMIT' | 'WINDOW' | 'QUALIFY'
/** Words that are values by themselves, whose column has another name on each database. */
type NoName = 'NULL' | 'TRUE' | 'FALSE' | 'DEFAULT' | 'UNKNOWN' | 'CASE' | 'NOT' | 'USER' | 'SYSDATE' | 'SYSTIMESTAMP' | 'LOCALTIME' | 'LOCALTIMESTAMP' |
  `${'CURRENT' | 'SESSION' | 'SYSTEM' | 'UTC'}_${string}`

/** Item: begin, with, item, [path, name], dot, value, as, [as, name], expression, expression., is, is distinct, tail, set, end. */
type Select<St extends State, T extends string> = St[3] extends ''
  ? SelectOutside<St, T, Uppercase<T>>
  : Uppercase<T> extends 'COLUMNS' ? Open : St

type SelectOutside<St extends State, T extends string, U extends string> =
  St[0] extends 'tail' ? U extends ';' ? To<St, 'end'> : U extends 'UNION' ? To<St, 'set'> : St
  : St[0] extends 'expression' ? Expression<St, U>
  : St[0] extends 'item' ? Item<St, T, U>
  : St[0] extends ['path', infer N extends string] ? U extends '.' ? To<St, 'dot'> : U extends ',' | 'FROM' | ';' ? Named<St, N, After<U>> : Expression<St, U>
  : St[0] extends 'as' ? T extends '\'' | `'${string}` ? AliasNamed<St, T> : NameIn<T> extends infer N extends string ? To<St, ['as', N]> : Open
  : St[0] extends ['as', infer N extends string] ? U extends ',' | ';' | EndOfList ? Named<St, N, After<U>> : Open
  : St[0] extends 'dot' ? NameIn<T> extends infer N extends string ? To<St, ['path', N]> : Open
  : St[0] extends 'value' ? U extends '.' ? To<St, 'dot'> : Expression<St, U>
  : St[0] extends 'expression.' ? U extends '*' ? Open : To<St, 'expression'>
  : St[0] extends 'is' ? U extends 'NOT' ? St : U extends 'DISTINCT' ? To<St, 'is distinct'> : Expression<St, U>
  : St[0] extends 'is distinct' ? U extends 'FROM' ? To<St, 'expression'> : Open
  : St[0] extends 'set' ? U extends 'BY' ? Open : U extends 'ALL' | 'DISTINCT' ? St : To<St, 'tail'>
  : St[0] extends 'begin' ? U extends 'SELECT' ? To<St, 'item'> : U extends 'WITH' ? To<St, 'with'> : Open
  : St[0] extends 'with' ? U extends 'SELECT' ? To<St, 'item'> : U extends NoSelect ? Open : St
  : St[0] extends 'end' ? U extends ';' ? St : Open
  : Open

type Item<St extends State, T extends string, U extends string> =
  U extends 'DISTINCT' | 'ALL' ? St
  : U extends '*' | ',' | '.' | ';' | 'FROM' | 'AS' | 'SELECT' | 'COLUMNS' | 'UNNEST' ? Open
  : U extends NoName ? To<St, 'value'>
  : NameIn<T> extends infer N extends string ? To<St, ['path', N]>
  : To<St, 'expression'>

type Expression<St extends State, U extends string> =
  U extends 'AS' ? To<St, 'as'>
  : U extends 'IS' ? To<St, 'is'>
  : U extends '.' ? To<St, 'expression.'>
  : U extends ',' | ';' | 'SELECT' | 'COLUMNS' | 'UNNEST' | EndOfList ? Open
  : To<St, 'expression'>

type After<U> = U extends ',' ? 'item' : U extends ';' ? 'end' : U extends 'UNION' ? 'set' : 'tail'

type AliasNamed<St extends State, T extends string> = T extends `'${infer N}` ? NameIn<`"${N}`> extends infer Q extends string ? To<St, ['as', Q]> : Open : Open

type FinishSelect<St> = St extends State ? St[0] extends 'tail' | 'end' ? Read<St[1], ''> : Open : Open

// ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The name in a token that is a word or a quoted name, as written; unknown for anything else. */
type NameIn<T extends string> =
  T extends `"${infer N}` ? N extends '' | `${Blank}${string}` | `${string}${Blank}` | `${string}${Unsure}${string}` ? unknown : N
  : T extends `${Mark | Digit}${string}` ? unknown : T
