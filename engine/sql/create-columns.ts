import type { NameIn, Named, Open, Read, State, To } from './reading-state.ts'

// CREATE TABLE t (name …, …): a column's name is the first of its item.

export type NoColumn = 'PRIMARY' | 'UNIQUE' | 'KEY' | 'INDEX' | 'FOREIGN' | 'CONSTRAINT' | 'CHECK' | 'FULLTEXT' | 'SPATIAL' | 'LIKE' | 'EXCLUDE'

/** Item: begin, create, table, if, not, exists, opens, column, period, rest, tail, end. */
export type Create<St extends State, T extends string> = St[3] extends ''
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

export type FinishCreate<St extends State> = St[0] extends 'tail' | 'end' ? Read<St[1], St[2]> : Open
