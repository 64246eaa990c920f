/**
 * One table of cases for two readers of one rule: the types (`AliasesOf`, `ColumnsOf`, `TableOf`), which are held below by
 * the compiler, and the run-time readers (`readSelectNames`, `readCreate`), which are held by the tests.
 *
 * `open` stands for names that can't be read. `type: 'open'` marks a text that only the run-time reader reads.
 */

import type { AliasesOf, ColumnsOf, TableOf } from '../../engine/sql/columns.ts'

interface SelectCase { readonly says: string, readonly sql: string, readonly names: readonly string[] | 'open', readonly type?: 'open' }
interface CreateCase { readonly says: string, readonly sql: string, readonly table: string, readonly names: readonly string[], readonly type?: 'open' }

export const selects = [
  { says: 'one column a line, its name last', names: ['product_id', 'title', 'brand'], sql: `
    SELECT p.id     AS product_id,
           p.title  AS title,
           b.name   AS brand
    FROM   catalogue_product AS p
    JOIN   brand AS b ON b.id = p.brand_id
  ` },
  { says: 'lower case', names: ['a', 'b'], sql: 'select x as a, y as b from t' },
  { says: 'mixed case', names: ['Alpha', 'BETA'], sql: 'Select x As Alpha, y aS BETA From t' },
  { says: 'windows line ends and tabs', names: ['a', 'b'], sql: 'SELECT\r\n\tx\tAS\ta,\r\n\ty\tAS\tb\r\nFROM\tt\r\n' },
  { says: 'two columns on a line', names: ['a', 'b', 'c'], sql: 'SELECT x AS a, y AS b,\n z AS c FROM t' },
  { says: 'no blank after a comma', names: ['a', 'b', 'c'], sql: 'SELECT x AS a,y AS b,t.c FROM t' },
  { says: 'a comma that opens the line', names: ['a', 'b'], sql: 'SELECT x AS a\n     , y AS b\nFROM t' },
  { says: 'a plain column needs no AS', names: ['id', 'title', 'brand'], sql: 'SELECT id, p.title, shop.b.brand FROM p' },
  { says: 'a table named by a word that is a value', names: ['id', 'user'], sql: 'SELECT user.id, u.user FROM user' },
  { says: 'a value without AS', names: 'open', sql: 'SELECT x AS a, CURRENT_DATE FROM t' },
  { says: 'a number without AS', names: 'open', sql: 'SELECT x AS a, 1 FROM t' },
  { says: 'a string without AS', names: 'open', sql: "SELECT x AS a, 'b' FROM t" },
  { says: 'an expression without AS', names: 'open', sql: 'SELECT x AS a, y + 1 FROM t' },
  { says: 'a function without AS', names: 'open', sql: 'SELECT x AS a, MAX(y) FROM t' },
  { says: 'a name without AS before it', names: 'open', sql: 'SELECT p.id product_id, p.title AS title FROM p' },
  { says: 'a star', names: 'open', sql: 'SELECT * FROM t' },
  { says: 'a star among others', names: 'open', sql: 'SELECT x AS a, t.* FROM t' },
  { says: 'a star with a name after it', names: 'open', sql: 'SELECT * EXCLUDE (a), y AS b FROM t' },
  { says: 'a row taken apart', names: 'open', sql: 'SELECT (t.address).* AS a FROM t' },
  { says: 'many columns by COLUMNS', names: 'open', sql: 'SELECT MIN(COLUMNS(*)) AS a FROM t' },
  { says: 'many columns by COLUMNS on a line of its own', names: 'open', sql: 'SELECT x AS a,\n  MIN(COLUMNS(*)) AS b,\n  y AS c\nFROM t' },
  { says: 'many columns by unnest', names: 'open', sql: 'SELECT unnest(pair) AS a FROM t' },
  { says: 'a star that multiplies, and one that counts', names: ['a', 'n'], sql: 'SELECT x * 2 AS a, COUNT(*) AS n FROM t' },
  { says: 'CAST … AS', names: ['y', 'z'], sql: 'SELECT CAST(x AS DECIMAL(10,2)) AS y, CAST(\n  x AS CHAR) AS z FROM t' },
  { says: 'casts by colons', names: ['a', 'b'], sql: 'SELECT x::text AS a, (y)::decimal(10,2) AS b FROM t' },
  { says: 'CASE over many lines', names: ['size', 'id'], sql: `
    SELECT CASE
             WHEN t.n > 100 THEN 'large, very'
             WHEN t.n > 10 THEN 'FROM here'
             ELSE NULL
           END AS size,
           t.id AS id
    FROM t` },
  { says: 'nested functions with commas over lines', names: ['a', 'b'], sql: `
    SELECT COALESCE(
             NULLIF(TRIM(x), ''),
             CONCAT(y, ', ', z),
             'none') AS a,
           IF(n > (1 + 2), 1, 0) AS b
    FROM t` },
  { says: 'window functions', names: ['rn', 'total'], sql: `
    SELECT ROW_NUMBER() OVER (PARTITION BY x, y ORDER BY z DESC) AS rn,
           SUM(n) FILTER (WHERE n > 0) OVER w AS total
    FROM t WINDOW w AS (PARTITION BY x)` },
  { says: 'a sub-select with its FROM at the start of a line', names: ['n', 'id'], sql: `
    SELECT (SELECT COUNT(*) AS inner_name
    FROM   line AS l
    WHERE  l.sale_id = s.id) AS n,
           s.id AS id
    FROM sale AS s` },
  { says: 'EXTRACT and TRIM with a FROM', names: ['y', 't'], sql: "SELECT EXTRACT(YEAR FROM d) AS y, TRIM(BOTH ' ' FROM x) AS t FROM t" },
  { says: 'IS DISTINCT FROM', names: ['changed', 'same'], sql: 'SELECT a IS DISTINCT FROM b AS changed, a IS NOT DISTINCT FROM b AS same FROM t' },
  { says: 'IS NULL', names: ['missing'], sql: 'SELECT a IS NULL AS missing FROM t' },
  { says: 'DISTINCT', names: ['a', 'b'], sql: 'SELECT DISTINCT x AS a, b FROM t' },
  { says: 'DISTINCT ON', names: ['a', 'b'], sql: 'SELECT DISTINCT ON (x, y) x AS a, y AS b FROM t' },
  { says: 'UNION takes its names from the first', names: ['a', 'b'], sql: 'SELECT x AS a, y AS b FROM t\nUNION ALL\nSELECT z AS c, w AS d FROM u ORDER BY name' },
  { says: 'UNION without a FROM', names: ['a'], sql: 'SELECT 1 AS a UNION SELECT 2 AS b' },
  { says: 'UNION after a nameless column', names: 'open', sql: 'SELECT 1 UNION SELECT 2 AS b' },
  { says: 'UNION BY NAME adds columns', names: 'open', sql: 'SELECT x AS a FROM t UNION ALL BY NAME SELECT y AS b FROM u' },
  { says: 'EXCEPT', names: ['a'], sql: 'SELECT x AS a FROM t EXCEPT SELECT y AS b FROM u' },
  { says: 'WITH', names: ['z'], sql: 'WITH recent AS (SELECT x AS y, 2 AS q FROM t), u AS (SELECT 1 AS v) SELECT y AS z FROM recent' },
  { says: 'WITH and a select in brackets', names: 'open', sql: 'WITH r AS (SELECT 1 AS y) (SELECT y AS z FROM r) UNION SELECT 2 AS w' },
  { says: 'WITH and an INSERT', names: 'open', sql: 'WITH r AS (SELECT 1 AS y) INSERT INTO t SELECT y AS z FROM r' },
  { says: 'a select in brackets', names: 'open', sql: '(SELECT x AS a FROM t)' },
  { says: 'FROM first', names: 'open', sql: 'FROM t SELECT x AS a' },
  { says: 'no FROM', names: ['a', 'b'], sql: "SELECT 1 AS a, 'x' AS b" },
  { says: 'no FROM and a LIMIT', names: ['a'], sql: 'SELECT 1 AS a LIMIT 1' },
  { says: 'a closing semicolon', names: ['a'], sql: 'SELECT x AS a FROM t;\n' },
  { says: 'a second statement', names: 'open', sql: 'SELECT x AS a FROM t; SELECT y AS b FROM u' },
  { says: 'not a SELECT', names: 'open', sql: 'SHOW TABLES' },
  { says: 'nothing', names: 'open', sql: '' },
  { says: 'SELECT alone', names: 'open', sql: 'SELECT' },
  { says: 'an empty item', names: 'open', sql: 'SELECT x AS a, , y AS b FROM t' },
  { says: 'a comma before FROM', names: 'open', sql: 'SELECT x AS a, FROM t' },
  { says: 'two AS in an item', names: 'open', sql: 'SELECT x AS a AS b FROM t' },
  { says: 'INTO after the last name', names: 'open', sql: 'SELECT x AS a INTO t' },
  { says: 'a comment after each column', names: ['a', 'b'], sql: `
    SELECT x AS a, -- the first, AS it was
           y AS b  -- it's the "last" FROM here
    FROM t` },
  { says: 'comments before and between', names: ['a', 'b'], sql: `
    -- what is sold, AS a list
    /* SELECT nothing AS c,
       FROM nowhere */
    SELECT /* here */ x AS a, /* y AS c, */ y AS /* who? */ b
    FROM t /* end */ -- end` },
  { says: 'a comment that opens with # is one on MySQL only', names: 'open', sql: 'SELECT x AS a # , y AS b\nFROM t' },
  { says: 'a comment without a blank is one elsewhere only', names: 'open', sql: 'SELECT x AS a --, y AS b\nFROM t' },
  { says: 'a comment that MySQL runs', names: 'open', sql: 'SELECT x AS a /*!50000 , y AS b */ FROM t' },
  { says: 'a comment in a comment', names: 'open', sql: 'SELECT x AS a /* /* */ , y AS b /* */ */ FROM t' },
  { says: 'a comment that is not closed', names: 'open', sql: 'SELECT x AS a FROM t /* more' },
  { says: 'strings with commas, AS, brackets and quotes', names: ['a', 'b', 'c'], sql: `
    SELECT 'x AS y, z' AS a, CONCAT('(', x, ' it''s') AS b, '-- /* # $' AS c FROM t` },
  { says: 'a string over two lines', names: ['a', 'b'], sql: "SELECT 'one,\ntwo AS z' AS a, y AS b FROM t" },
  { says: 'a string that is not closed', names: 'open', sql: "SELECT 'x AS a, y AS b FROM t" },
  { says: 'a backslash within a string', names: ['a', 'b'], sql: "SELECT REPLACE(x, '\\d+', '') AS a, y AS b FROM t" },
  { says: 'a backslash before a quote has one good reading', names: ['a', 'b'], type: 'open', sql: "SELECT 'it\\'s' AS a, y AS b FROM t" },
  { says: 'a backslash before a quote has two good readings', names: 'open', sql: "SELECT 'x\\' AS a, ' AS b, 'y\\' AS c, ' AS d FROM t" },
  { says: 'quoted names with blanks', names: ['Full name', 'Größe', 'x, y AS z'], sql: 'SELECT x AS "Full name", y AS `Größe`, z AS "x, y AS z" FROM t' },
  { says: 'quoted columns without AS', names: ['id', 'Full name'], sql: 'SELECT "id", p.`Full name` FROM p' },
  { says: 'a quote in a quoted name', names: ['say "x"'], type: 'open', sql: 'SELECT x AS "say ""x""" FROM t' },
  { says: 'a string as a name', names: ['a b'], sql: "SELECT x AS 'a b' FROM t" },
  { says: 'a quoted name with blanks at its end', names: 'open', sql: 'SELECT x AS "a " FROM t' },
  { says: 'names of other scripts', names: ['größe', '名前'], sql: 'SELECT x AS größe, y AS 名前 FROM t' },
  { says: 'binds, parameters and variables', names: ['a', 'b'], sql: 'SELECT :since AS a, @x := @x + 1 AS b FROM t WHERE y > :since' },
  { says: 'lists, slices and structs', names: ['a', 'b', 'c'], sql: "SELECT [1, 2] AS a, x[1:2] AS b, {'k': 1, 'l': 2} AS c FROM t" },
  { says: 'a dollar-quoted string', names: ['a', 'b'], type: 'open', sql: "SELECT $$it's, AS x$$ AS a, y AS b FROM t" },
  { says: 'a number glued to FROM', names: 'open', sql: 'SELECT x AS a,1FROM t AS b' },
  { says: 'a blank that is none', names: 'open', sql: 'SELECT x AS\u00A0a FROM t' },
  { says: 'brackets that do not match', names: 'open', sql: 'SELECT (x AS a, y AS b FROM t' },
] as const satisfies readonly SelectCase[]

export const creates = [
  { says: 'one column a line, its name first', table: 'product_dim', names: ['product_key', 'title', 'list_price', 'is_current'], sql: `
    CREATE TABLE product_dim (
      product_key  KEY,
      title        VARCHAR(120)  NOT NULL,
      list_price   DECIMAL(10,2),
      is_current   BOOLEAN       NOT NULL
    )
  ` },
  { says: 'all on one line', table: 't', names: ['a', 'b'], sql: 'CREATE TABLE t (a INT, b DECIMAL(10,2))' },
  { says: 'no blanks at all', table: 't', names: ['a', 'b'], sql: 'create table t(a int,b int)' },
  { says: 'IF NOT EXISTS', table: 't', names: ['a'], sql: 'CREATE TABLE IF NOT EXISTS t (a INT);' },
  { says: 'mixed case', table: 'Sales', names: ['Id', 'NAME'], sql: 'Create Table Sales (Id Int, NAME Text)' },
  { says: 'windows line ends and tabs', table: 't', names: ['a', 'b'], sql: 'CREATE TABLE t (\r\n\ta\tINT,\r\n\tb\tINT\r\n)\r\n' },
  { says: 'a comma that opens the line', table: 't', names: ['a', 'b'], sql: 'CREATE TABLE t\n(\n  a INT\n, b INT\n)' },
  { says: 'a column over several lines', table: 't', names: ['a', 'b'], sql: 'CREATE TABLE t (\n  a\n    INT\n    NOT NULL,\n  b\n    INT)' },
  { says: 'what MySQL writes', table: 'school', names: ['id', 'name', 'state'], sql: `
    CREATE TABLE \`school\` (
      \`id\` int(11) unsigned NOT NULL AUTO_INCREMENT,
      \`name\` varchar(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
      \`state\` char(2) DEFAULT NULL COMMENT 'two letters, or none',
      PRIMARY KEY (\`id\`),
      UNIQUE KEY \`name\` (\`name\`,\`state\`),
      KEY \`ix_state\` (\`state\`(1) DESC) USING BTREE,
      FULLTEXT KEY \`ft\` (\`name\`),
      CONSTRAINT \`fk\` FOREIGN KEY (\`state\`) REFERENCES \`state\` (\`code\`) ON DELETE SET NULL ON UPDATE CASCADE
    ) ENGINE=InnoDB AUTO_INCREMENT=1688 DEFAULT CHARSET=utf8mb4 COMMENT='schools; all (of them)';
  ` },
  { says: 'double quotes', table: 'a_table', names: ['one', 'two'], sql: 'CREATE TABLE "a_table" ("one" INT, "two" TEXT)' },
  { says: 'columns named by words of a constraint, quoted', table: 't', names: ['key', 'check', 'index', 'primary'],
    sql: 'CREATE TABLE t (`key` INT, "check" INT, `index` INT, "primary" INT, CHECK (1 = 1), KEY (`key`))' },
  { says: 'columns whose names begin like one', table: 't', names: ['key_id', 'unique_id', 'checked', 'index_no', 'period'],
    sql: 'CREATE TABLE t (key_id INT, unique_id INT, checked INT, index_no INT, period INT)' },
  { says: 'a CHECK over two lines', table: 't', names: ['a', 'b', 'c'], sql: `
    CREATE TABLE t (
      a INT,
      b INT CHECK (b > 0
        AND b < 100),
      CHECK (a > 0
        OR b IN (1, 2)),
      c INT
    )` },
  { says: 'strings with commas, brackets and quotes', table: 't', names: ['a', 'b', 'c'],
    sql: "CREATE TABLE t (a ENUM('x)', 'y,', 'it''s'), b TEXT DEFAULT '-- (', c INT)" },
  { says: 'a string over two lines', table: 't', names: ['a', 'b'], sql: "CREATE TABLE t (a TEXT DEFAULT 'one,\n  two INT', b INT)" },
  { says: 'comments anywhere', table: 't', names: ['a', 'b', 'c'], sql: `
    -- the table, (as it was
    /* CREATE TABLE u (z INT) */
    CREATE /* a */ TABLE t ( -- it's here
      a INT, -- the first, of three
      -- x INT,
      /* y INT, */ b /* second */ INT,
      c INT -- the last
      /* z INT */
    ) -- end
    /* end */` },
  { says: 'comments of MySQL alone', table: 't', names: ['a', 'b'], sql: "CREATE TABLE t (# it's a table\n  a INT, # first, of two\n  # x INT,\n  b INT\n)" },
  { says: 'a # after a type has one good reading', table: 't', names: ['a', 'b'], type: 'open', sql: "CREATE TABLE t (a INT # it's\n, b INT)" },
  { says: 'generated columns', table: 't', names: ['a', 'b', 'c'],
    sql: 'CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a + 1) STORED, c INT AS (a * 2) VIRTUAL)' },
  { says: 'identities', table: 't', names: ['a', 'b'], sql: 'CREATE TABLE t (a INT GENERATED BY DEFAULT AS IDENTITY (START 5), b INT)' },
  { says: 'inline keys and references', table: 't', names: ['a', 'b', 'c', 'd'],
    sql: 'CREATE TABLE t (a INT PRIMARY KEY, b INT UNIQUE, c INT REFERENCES u (id) ON DELETE SET NULL, d INT)' },
  { says: 'defaults by functions', table: 't', names: ['a', 'b'],
    sql: "CREATE TABLE t (a TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), b TEXT DEFAULT (CONCAT('a', ',', 'b')))" },
  { says: 'types of many words and brackets', table: 't', names: ['a', 'b', 'c', 'd'],
    sql: 'CREATE TABLE t (a DOUBLE PRECISION, b TIMESTAMP(6) WITH TIME ZONE, c STRUCT(x INT, y INT[]), d INT[3])' },
  { says: 'partitions', table: 't', names: ['a'], sql: 'CREATE TABLE t (a INT) ENGINE=InnoDB PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)' },
  { says: 'names of other scripts, digits and dollars', table: 'größen', names: ['größe', '名前', '2024_total'],
    sql: 'CREATE TABLE größen (größe INT, 名前 TEXT, "2024_total" INT)' },
  { says: 'a dollar in a name', table: 't', names: ['a$b'], type: 'open', sql: 'CREATE TABLE t (a$b INT)' },
  { says: 'a backslash before a quote has one good reading', table: 't', names: ['a', 'b'], type: 'open', sql: "CREATE TABLE t (a TEXT COMMENT 'it\\'s', b INT)" },
  { says: 'CONSTRAINT without a name', table: 't', names: ['a'], sql: 'CREATE TABLE t (a INT, CONSTRAINT CHECK (a > 0), CONSTRAINT PRIMARY KEY (a))' },
  { says: 'constraints first', table: 't', names: ['a', 'b'], sql: 'CREATE TABLE t (\n  PRIMARY KEY (a, b),\n  a INT,\n  INDEX (b),\n  b INT\n)' },
] as const satisfies readonly CreateCase[]

/** Texts that are refused when they are read, and what the refusal says. The types leave them open, or don't look so far. */
export const refused = [
  { says: 'nothing', why: /not a CREATE TABLE/, sql: '' },
  { says: 'a SELECT', why: /line 2 .*not a CREATE TABLE/, sql: '\nSELECT 1' },
  { says: 'a view', why: /CREATE VIEW is not CREATE TABLE/, sql: 'CREATE VIEW v AS SELECT 1' },
  { says: 'a temporary table', why: /CREATE TEMPORARY/, sql: 'CREATE TEMPORARY TABLE t (a INT)' },
  { says: 'OR REPLACE', why: /CREATE OR/, sql: 'CREATE OR REPLACE TABLE t (a INT)' },
  { says: 'a qualified name', why: /names a database too/, sql: 'CREATE TABLE db.t (a INT)' },
  { says: 'a quoted qualified name', why: /names a database too/, sql: 'create table `db` . `t` (a INT)' },
  { says: 'AS SELECT', why: /CREATE TABLE … AS/, sql: 'CREATE TABLE t (a INT) AS SELECT 1 AS b' },
  { says: 'AS SELECT without columns', why: /columns are missing/, sql: 'CREATE TABLE t AS SELECT 1 AS b' },
  { says: 'LIKE', why: /columns are missing/, sql: 'CREATE TABLE t LIKE u' },
  { says: 'LIKE in brackets', why: /LIKE u can't be read/, sql: 'CREATE TABLE t (LIKE u)' },
  { says: 'no columns', why: /no columns/, sql: 'CREATE TABLE t ()' },
  { says: 'keys only', why: /no columns/, sql: 'CREATE TABLE t (CHECK (1 = 1))' },
  { says: 'a second statement', why: /line 2 .*second statement/, sql: 'CREATE TABLE t (a INT);\nDROP TABLE u' },
  { says: 'a bracket too few', why: /line 1 .*\( is not closed/, sql: 'CREATE TABLE t (a INT,\n b DECIMAL(10,2)' },
  { says: 'a bracket too many', why: /line 3 .*closes what was not opened/, sql: 'CREATE TABLE t (a INT,\n b INT)\n)' },
  { says: 'a quote that is not closed', why: /line 2 .*' is not closed/, sql: "CREATE TABLE t (a INT,\n b TEXT DEFAULT 'x)" },
  { says: 'a comment that is not closed', why: /comment is not closed/, sql: 'CREATE TABLE t (a INT) /* more' },
  { says: 'a doubled column', why: /line 3 .*two columns named A/, sql: 'CREATE TABLE t (\n a INT,\n A INT)' },
  { says: 'a column without a type', why: /line 2 .*b has no type/, sql: 'CREATE TABLE t (a INT,\n b)' },
  { says: 'a comma before the bracket', why: /nothing after the last comma/, sql: 'CREATE TABLE t (a INT,)' },
  { says: 'two commas', why: /nothing before this comma/, sql: 'CREATE TABLE t (a INT,, b INT)' },
  { says: 'two primary keys', why: /two primary keys/, sql: 'CREATE TABLE t (a KEY, b INT PRIMARY KEY)' },
  { says: 'a KEY that is not alone', why: /KEY stands alone/, sql: 'CREATE TABLE t (a KEY(4))' },
  { says: 'an unquoted column named key', why: /if key is a column's name, quote it/, sql: 'CREATE TABLE t (key TEXT, a INT)' },
  { says: 'an unquoted column named index, with a length', why: /if index is a column's name, quote it/, sql: 'CREATE TABLE t (index VARCHAR(20), a INT)' },
  { says: 'a key over no column', why: /Did you mean 'title'/, sql: 'CREATE TABLE t (title INT, UNIQUE (titel))' },
  { says: 'a unique key over a prefix', why: /not over whole columns/, sql: 'CREATE TABLE t (title TEXT, UNIQUE (title(10)))' },
  { says: 'a relationship of uneven sides', why: /has 1 columns and REFERENCES has 2/, sql: 'CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u (b, c))' },
  { says: 'a long table name', why: /49 characters, and 48/, sql: `CREATE TABLE ${'t'.repeat(49)} (a INT)` },
  { says: 'a long column name', why: /64 bytes, and 63/, sql: `CREATE TABLE t (${'ü'.repeat(32)} INT)` },
  { says: 'a blank in a name', why: /has U\+0020 in it/, sql: 'CREATE TABLE t ("full name" INT)' },
  { says: 'a semicolon in a name', why: /has ; in it/, sql: 'CREATE TABLE "t;DROP" (a INT)' },
  { says: 'a quote in a name', why: /has " in it/, sql: 'CREATE TABLE t ("a""b" INT)' },
  { says: 'a backtick in a name', why: /has ` in it/, sql: 'CREATE TABLE t (`a``b` INT)' },
  { says: 'a newline in a name', why: /has U\+000A in it/, sql: 'CREATE TABLE t ("a\nb" INT)' },
  { says: 'a NUL in a name', why: /has U\+0000 in it/, sql: 'CREATE TABLE t ("a\0b" INT)' },
  { says: 'a mark that turns the writing round', why: /has U\+202E in it/, sql: 'CREATE TABLE t ("a\u202Eb" INT)' },
  { says: 'a mark that turns the writing round, unquoted', why: /no place in SQL/, sql: 'CREATE TABLE t (a\u202Eb INT)' },
  { says: 'a letter that is not seen', why: /has U\+3164 in it/, sql: 'CREATE TABLE t (a\u3164 INT)' },
  { says: 'an emoji in a name', why: /has U\+1F600 in it/, sql: 'CREATE TABLE t ("a\u{1F600}" INT)' },
  { says: 'an empty name', why: /it is empty/, sql: 'CREATE TABLE t ("" INT)' },
  { says: 'brackets as quotes', why: /can't begin with \[/, sql: 'CREATE TABLE t ([a] INT)' },
  { says: 'a comment that MySQL runs', why: /one thing on MySQL and another/, sql: 'CREATE TABLE t (a INT, /*!50705 b GEOMETRY, */ c INT)' },
] as const satisfies readonly { says: string, why: RegExp, sql: string }[]

// ── What the compiler holds ──────────────────────────────────────────────────────────────────────────────────────────

type Same<A, B> = [A, B] extends [B, A] ? true : false
type Drawn<C extends { names: readonly string[] | 'open' }> =
  C extends { type: 'open' } | { names: 'open' } ? string : C['names'][number]

/** What went wrong in each case: none in most. */
type WrongSelects<C extends readonly SelectCase[]> = {
  [I in keyof C]: Same<AliasesOf<C[I]['sql']>, Drawn<C[I]>> extends true ? never : [C[I]['says'], 'was read as', AliasesOf<C[I]['sql']>]
}[number]
type WrongCreates<C extends readonly CreateCase[]> = {
  [I in keyof C]: Same<[TableOf<C[I]['sql']>, ColumnsOf<C[I]['sql']>], [C[I] extends { type: 'open' } ? string : C[I]['table'], Drawn<C[I]>]> extends true
    ? never : [C[I]['says'], 'was read as', TableOf<C[I]['sql']>, ColumnsOf<C[I]['sql']>]
}[number]

type None<Wrong extends never> = Wrong
export type SelectsAreRight = None<WrongSelects<typeof selects>>
export type CreatesAreRight = None<WrongCreates<typeof creates>>
