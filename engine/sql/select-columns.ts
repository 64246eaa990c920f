import type { NameIn, Named, Open, Read, State, To } from './reading-state.ts'

// SELECT … AS name, …: a column's name is the last of its item.

type NoSelect = 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'REPLACE' | 'VALUES' | 'TABLE' | 'FROM' | SetWord
type SetWord = 'UNION' | 'INTERSECT' | 'EXCEPT' | 'MINUS'
/** After a name that AS has given, these end the list. */
export type EndOfList = 'FROM' | SetWord | 'WHERE' | 'GROUP' | 'HAVING' | 'ORDER' | 'LIMIT' | 'WINDOW' | 'QUALIFY'
/** Words that are values by themselves, whose column has another name on each database. */
type NoName = 'NULL' | 'TRUE' | 'FALSE' | 'DEFAULT' | 'UNKNOWN' | 'CASE' | 'NOT' | 'USER' | 'SYSDATE' | 'SYSTIMESTAMP' | 'LOCALTIME' | 'LOCALTIMESTAMP' |
  `${'CURRENT' | 'SESSION' | 'SYSTEM' | 'UTC'}_${string}`

/** Item: begin, with, item, [path, name], dot, value, as, [as, name], expression, expression., is, is distinct, tail, set, end. */
export type Select<St extends State, T extends string> = St[3] extends ''
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

export type FinishSelect<St> = St extends State ? St[0] extends 'tail' | 'end' ? Read<St[1], ''> : Open : Open
