import assert from 'node:assert/strict'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { ConfigurationError, DataError } from '../../engine/errors.ts'
import type { Etl } from '../../engine/etl/etl.ts'
import { create } from '../../engine/sql/define-create.ts'
import { source } from '../../engine/source/sql.ts'
import { assertDrawn, drawn } from '../helpers/drawn.ts'
import { onEveryPath } from '../helpers/warehouses.ts'

/** Tests hand the rows in by themselves. */
const anything = source<Record<string, unknown>>('SELECT 1')

const school = scd1({
  source: anything,
  create: create(`
    CREATE TABLE school_dim (
      school_key  KEY,
      school_id   INT          NOT NULL,
      name        VARCHAR(20)  NOT NULL,
      state       VARCHAR(20)
    )`),
  key: 'school_key',
  lookup: ['school_id'],
})

/** A value of a row as a word. */
const word = (value: unknown): string => typeof value === 'string' ? value : value === null ? 'NULL' : JSON.stringify(value)

/** So many members. */
const numbered = (count: number) => drawn(`| id INT |\n${Array.from({ length: count }, (_, i) => `| ${i + 1} |`).join('\n')}`)

onEveryPath('scd1', { stays: { MariaDB: 40, PostgreSQL: 40 } }, ({ house, connection, path }) => {
  const byKey = async (etl: Etl & { readonly key: string }) => (await house().rows(etl)).toSorted((a, b) => Number(a[etl.key]) - Number(b[etl.key]))

  it('gives keys in the order of the source, and makes the unknown member', async () => {
    const counts = await house().load(school, drawn(`
      | school_id INT | name | state |
      | ------------- | ---- | ----- |
      | 7             | Yale | CT    |
      | 5             | MIT  | NULL  |
    `))
    assertDrawn(await house().rows(school), `
      | school_key INT | school_id INT | name    | state |
      | -------------- | ------------- | ------- | ----- |
      | -1             | 0             | Unknown | NULL  |
      | 1              | 7             | Yale    | CT    |
      | 2              | 5             | MIT     | NULL  |
    `)
    assert.deepEqual(counts, { read: 2, rejected: 0, unchanged: 0, overwritten: 0, newMembers: 2, staged: 3, lastKey: 2 })
  })

  it('overwrites members that changed, under their keys, and keeps those that left', async () => {
    await house().load(school, drawn(`
      | school_id INT | name | state |
      | 7             | Yale | CT    |
      | 5             | MIT  | NULL  |
      | 6             | Gone | NY    |
    `))
    const counts = await house().load(school, drawn(`
      | school_id INT | name | state |
      | 9             | Brown | RI   |
      | 5             | MIT  | MA    |
      | 7             | Yale | CT    |
    `))
    assertDrawn(await house().rows(school), `
      | school_key INT | school_id INT | name    | state |
      | -------------- | ------------- | ------- | ----- |
      | -1             | 0             | Unknown | NULL  |
      | 1              | 7             | Yale    | CT    |
      | 2              | 5             | MIT     | MA    |
      | 3              | 6             | Gone    | NY    |
      | 4              | 9             | Brown   | RI    |
    `)
    assert.deepEqual(counts, { read: 3, rejected: 0, unchanged: 1, overwritten: 1, newMembers: 1, staged: 5, lastKey: 4 })
  })

  it('changes nothing when the source is as it was', async () => {
    const rows = drawn(`
      | school_id INT | name | state |
      | 7             | Yale | CT    |
      | 5             | MIT  | NULL  |
    `)
    await house().load(school, rows)
    const before = await byKey(school)
    const counts = await house().load(school, rows)
    assert.deepEqual(await byKey(school), before)
    assert.deepEqual(counts, { read: 2, rejected: 0, unchanged: 2, overwritten: 0, newMembers: 0, staged: 3, lastKey: 2 })
  })

  it('loads a source without rows', async () => {
    const counts = await house().load(school, drawn('| school_id INT | name | state |'))
    assert.deepEqual(counts, { read: 0, rejected: 0, unchanged: 0, overwritten: 0, newMembers: 0, staged: 1, lastKey: 0 })
  })

  it('gives no key twice, even when the ledger forgot the last one', async () => {
    await house().load(school, drawn('| school_id INT | name | state |\n| 7 | Yale | CT |'))
    await connection().execute('UPDATE school_dim SET school_key = 40 WHERE school_key = 1')
    const { lastKey } = await house().load(school, drawn('| school_id INT | name | state |\n| 7 | Yale | CT |\n| 8 | New | CT |'))
    assert.equal(lastKey, 41)
    assertDrawn(await house().rows(school), `
      | school_key INT | school_id INT |
      | -1             | 0             |
      | 40             | 7             |
      | 41             | 8             |
    `)
  })

  it('refuses a live table in which one key is two members', async () => {
    const many = Array.from({ length: 300 }, (_, i): [number, string] => [i + 1, `n${i + 1}`])
    await connection().execute('CREATE TABLE school_dim (school_key INTEGER NOT NULL, school_id INTEGER NOT NULL, name VARCHAR(20) NOT NULL, state VARCHAR(20))')
    await connection().execute(`INSERT INTO school_dim (school_key, school_id, name) VALUES ${many.map(([id, name]) => `(${id === 300 ? 5 : id}, ${id}, '${name}')`).join(', ')}`)
    const rows = drawn(`| school_id INT | name | state |\n${many.map(([id, name]) => `| ${id} | ${id === 5 ? 'changed' : name} | NULL |`).join('\n')}`)
    await assert.rejects(house().load(school, rows), /several members of the live table have one key.*school_key 5 is in 2 rows|Duplicate|duplicate key.*5/)
    const keyless = scd1({ source: anything, create: create('CREATE TABLE school_dim (school_key INT NOT NULL, school_id INT NOT NULL, name VARCHAR(20) NOT NULL, state VARCHAR(20))'), key: 'school_key', lookup: ['school_id'] })
    await assert.rejects(house().load(keyless, rows), /several members of the live table have one key.*school_key 5 is in 2 rows/)
    assert.equal((await house().rows(keyless)).length, 300)
  })

  const texts = scd1({
    source: anything,
    create: create(`
      CREATE TABLE code_dim (
        code_key  KEY,
        code      VARCHAR(20),
        name      VARCHAR(20)
      )`),
    key: 'code_key',
    lookup: ['code'],
  })

  it('tells texts apart by every character, and knows NULL again', async () => {
    const rows = `
      | code   | name    |
      | ------ | ------- |
      | ab     | plain   |
      | AB     | capital |
      | 'ab '  | blank   |
      | áb     | accent  |
      | ''     | empty   |
      | NULL   | nothing |
      | 😀     | smile   |
      | 😁     | grin    |
    `
    await house().load(texts, drawn(rows))
    const before = await house().rows(texts)
    assert.equal(before.length, 9)
    const counts = await house().load(texts, drawn(rows.replace('capital', 'CAPITAL')))
    assert.deepEqual([counts.unchanged, counts.overwritten, counts.newMembers], [7, 1, 0])
    assertDrawn(await house().rows(texts), `
      | code_key INT | code   | name    |
      | -1           | NULL   | NULL    |
      | 1            | ab     | plain   |
      | 2            | AB     | CAPITAL |
      | 3            | 'ab '  | blank   |
      | 4            | áb     | accent  |
      | 5            | ''     | empty   |
      | 6            | NULL   | nothing |
      | 7            | 😀     | smile   |
      | 8            | 😁     | grin    |
    `)
  })

  const line = scd1({
    source: anything,
    create: create(`
      CREATE TABLE line_dim (
        line_key  KEY,
        shop      VARCHAR(10),
        number    INT,
        note      VARCHAR(10)
      )`),
    key: 'line_key',
    lookup: ['shop', 'number'],
  })

  it('compares a compound lookup column by column', async () => {
    const rows = drawn(`
      | shop | number INT | note |
      | a    | 12         | x    |
      | a1   | 2          | x    |
      | NULL | 1          | x    |
      | a    | NULL       | x    |
      | NULL | NULL       | x    |
    `)
    await house().load(line, rows)
    const counts = await house().load(line, rows)
    assert.deepEqual([counts.unchanged, counts.newMembers, counts.staged], [5, 0, 6])
  })

  it('refuses a lookup that comes twice, with the rows', async () => {
    const rows = drawn(`
      | shop | number INT | note |
      | a    | 1          | x    |
      | a    | 2          | x    |
      | a    | 1          | y    |
      | NULL | 1          | x    |
      | NULL | 1          | y    |
      | NULL | 1          | z    |
    `)
    await assert.rejects(house().load(line, rows), (error) => {
      assert.ok(error instanceof DataError)
      assert.equal(error.message, "dimension line, lookup shop, number: the source brings several rows of one lookup. shop 'a', number 1 in rows 1 and 3; "
        + "shop NULL, number 1 in rows 4 and 6 (3 in all). Way out: let the source bring each member once, or say which row counts: duplicates: { keep: 'last', by: '…' }")
      return true
    })
  })

  const keyed = scd1({
    source: source<{ id: number, name: string, shop: string }>('SELECT 1'),
    create: create('CREATE TABLE keyed_dim (\n keyed_key KEY,\n name VARCHAR(9),\n id INT NOT NULL,\n shop VARCHAR(9) NOT NULL,\n UNIQUE (shop, id)\n)'),
    key: 'keyed_key', lookup: ['id', 'shop'],
    transform: (row) => row.name === 'no' ? null : row,
  })

  it('needs no landing for a first load where a key of the create refuses lookups that come twice', async () => {
    const before = house().statements.length
    const counts = await house().load(keyed, drawn('| id INT | shop | name |\n| 8 | a | x |\n| 8 | b | no |\n| 7 | a | NULL |\n| 8 | c | y |'))
    assert.deepEqual(counts, { read: 4, rejected: 1, unchanged: 0, overwritten: 0, newMembers: 3, staged: 4, lastKey: 3 })
    assert.deepEqual(house().statements.slice(before).filter((sql) => sql.includes('keyed_dim__i')), [])
    assertDrawn(await byKey(keyed), `
      | keyed_key INT | name | id INT | shop    |
      | -1            | NULL | 0      | Unknown |
      | 1             | x    | 8      | a       |
      | 2             | NULL | 7      | a       |
      | 3             | y    | 8      | c       |
    `)
    const { newMembers, unchanged, lastKey } = await house().load(keyed, drawn('| id INT | shop | name |\n| 8 | b | x |\n| 8 | a | x |'))
    assert.deepEqual({ newMembers, unchanged, lastKey }, { newMembers: 1, unchanged: 1, lastKey: 4 })
  })

  it('says in which rows a lookup comes twice, also where a key refuses it', async () => {
    await assert.rejects(house().load(keyed, drawn('| id INT | shop | name |\n| 1 | a | x |\n| 2 | a | no |\n| 2 | a | x |\n| 1 | a | y |\n| 3 | a | y |')), {
      name: 'DataError', message: /^dimension keyed, lookup id, shop: the source brings several rows of one lookup\. id 1, shop 'a' in rows 1 and 4\./,
    })
    assert.equal((await house().load(keyed, drawn('| id INT | shop | name |\n| 1 | a | x |'))).lastKey, 1)
  })

  const latest = scd1({
    source: source<{ id: number, name: string, changed: string }>('SELECT 1'),
    create: create('CREATE TABLE latest_dim (\n latest_key KEY,\n id INT,\n name VARCHAR(10)\n)'),
    key: 'latest_key',
    lookup: ['id'],
    duplicates: { keep: 'last', by: 'changed' },
  })

  it('keeps the last of duplicates where that is declared', async () => {
    const counts = await house().load(latest, drawn(`
      | id INT | name  | changed INT |
      | 1      | old   | 9           |
      | 1      | new   | 10          |
      | 1      | none  | NULL        |
      | 2      | first | 3           |
      | 2      | later | 3           |
      | 3      | null  | NULL        |
      | 4      | alone | 1           |
    `))
    assertDrawn(await house().rows(latest), `
      | latest_key INT | id INT | name  |
      | -1             | NULL   | NULL  |
      | 1              | 1      | new   |
      | 2              | 2      | later |
      | 3              | 3      | null  |
      | 4              | 4      | alone |
    `)
    assert.deepEqual([counts.read, counts.rejected, counts.newMembers], [7, 3, 4])
  })

  it('orders no duplicates by text without a type', async () => {
    const rows = drawn('| id INT | name | changed UNTYPED |\n| 1 | a | 9 |')
    await assert.rejects(house().load(latest, rows), { name: 'DataError', message: "dimension latest: duplicates can't be ordered by changed. it is text without a type: 10 would come before 9. Way out: give the table a column of this name, or the source a typed one" })
  })

  it('makes an unknown member of any type', async () => {
    const every = scd1({
      source: anything,
      create: create(`
        CREATE TABLE every_dim (
          every_key  KEY,
          id         BIGINT         NOT NULL,
          short      VARCHAR(3)     NOT NULL,
          word       VARCHAR(7)     NOT NULL,
          price      DECIMAL(10,2)  NOT NULL,
          ratio      DOUBLE         NOT NULL,
          open       BOOLEAN        NOT NULL,
          founded    DATE           NOT NULL,
          at         TIMESTAMP      NOT NULL,
          nothing    DATE
        )`),
      key: 'every_key',
      lookup: ['id'],
    })
    await house().load(every, drawn('| id BIGINT | short | word | price DECIMAL(10,2) | ratio DOUBLE | open BOOLEAN | founded DATE | at TIMESTAMP | nothing DATE |'))
    assertDrawn(await house().rows(every), `
      | every_key INT | id BIGINT | short | word    | price DECIMAL(10,2) | ratio DOUBLE | open BOOLEAN | founded DATE | at TIMESTAMP | nothing DATE |
      | -1            | 0         | ''    | Unknown | 0.00                | 0            | false        | 1900-01-01   | 1900-01-01   | NULL         |
    `)
  })

  const typed = scd1({
    source: anything,
    create: create(`
      CREATE TABLE typed_dim (
        typed_key  KEY,
        id         INT  NOT NULL,
        number     BIGINT,
        price      DECIMAL(20,6),
        ratio      DOUBLE,
        open       BOOLEAN,
        founded    DATE,
        at         TIMESTAMP,
        level      ENUM('low','high'),
        letter     CHAR(3),
        story      TEXT,
        data       JSON
      )`),
    key: 'typed_key',
    lookup: ['id'],
  })
  const head = '| id INT | number BIGINT | price DECIMAL(20,6) | ratio DOUBLE | open BOOLEAN | founded DATE | at TIMESTAMP | level VARCHAR(9) | letter CHAR(3) | story TEXT | data JSON |'
  const asItWas = ['1', '9007199254740993', '12345678901234.123456', '0.1', 'true', '2020-02-29', '2020-01-01 00:00:00.000001', 'low', 'a', 'x', '[1]']
  // the column | another value of it
  const changes: [string, string][] = [
    ['number', '9007199254740992'], ['price', '12345678901234.123457'], ['ratio', '0.1000001'], ['open', 'false'], ['founded', '2020-03-01'],
    ['at', '2020-01-01 00:00:00.000002'], ['level', 'high'], ['letter', 'A'], ['story', "'x '"], ['data', '[2]'],
  ]
  for (const [column, value] of changes) {
    it(`notices a change in ${column}, to NULL and back, and no other`, async () => {
      const drawnWith = (cells: string[]) => drawn(`${head}\n| ${cells.join(' | ')} |`)
      const at = head.split('|').slice(1).findIndex((name) => name.trim().startsWith(`${column} `))
      const steps = [asItWas, asItWas, asItWas.with(at, value), asItWas.with(at, 'NULL'), asItWas.with(at, 'NULL'), asItWas]
      const overwritten: (number | undefined)[] = []
      for (const cells of steps) overwritten.push((await house().load(typed, drawnWith(cells))).overwritten)
      assert.deepEqual(overwritten, [0, 0, 1, 1, 0, 1])
    })
  }

  it('takes the values of the unknown member that are declared, and never takes it for a member', async () => {
    const declared = scd1({ ...specOf('chosen'), unknown: { id: 7, name: 'Nobody' } })
    const rows = drawn('| id INT | name |\n| 7 | Seven |')
    await house().load(declared, rows)
    const counts = await house().load(declared, rows)
    assertDrawn(await house().rows(declared), `
      | chosen_key INT | id INT | name   |
      | -1             | 7      | Nobody |
      | 1              | 7      | Seven  |
    `)
    assert.equal(counts.unchanged, 1)
  })

  it('asks for the values of the unknown member where a constraint refuses its own', async () => {
    const unique = scd1({ ...specOf('chosen', ',\n UNIQUE (id)') })
    await assert.rejects(house().load(unique, drawn('| id INT | name |\n| 0 | Zero |')), (error) => {
      assert.ok(error instanceof ConfigurationError)
      assert.match(error.message, /^dimension chosen, table chosen_dim: the unknown member \(chosen_key -1\) can't be made\. .+Way out: declare its values in the dimension: unknown: \{ <column>: <value> \}$/s)
      return true
    })
    const declared = scd1({ ...specOf('chosen', ',\n UNIQUE (id)'), unknown: { id: -1 } })
    assert.equal((await house().load(declared, drawn('| id INT | name |\n| 0 | Zero |'))).staged, 2)
  })

  it('fills a new column of members that left with NULL or its default', async () => {
    await house().load(scd1(specOf('grown')), drawn('| id INT | name |\n| 1 | stays |\n| 2 | leaves |'))
    const grown = scd1(specOf('grown', ',\n state VARCHAR(9),\n level INT NOT NULL DEFAULT 5'))
    const counts = await house().load(grown, drawn('| id INT | name | state | level INT |\n| 1 | stays | CT | 9 |'))
    assertDrawn(await house().rows(grown), `
      | grown_key INT | id INT | name    | state | level INT |
      | -1            | 0      | Unknown | NULL  | 0         |
      | 1             | 1      | stays   | CT    | 9         |
      | 2             | 2      | leaves  | NULL  | 5         |
    `)
    assert.deepEqual([counts.overwritten, counts.unchanged], [1, 0])
  })

  it('refuses a new column that members who left have nothing for', async () => {
    await house().load(scd1(specOf('grown')), drawn('| id INT | name |\n| 1 | stays |\n| 2 | leaves |'))
    const grown = scd1(specOf('grown', ',\n level INT NOT NULL'))
    await assert.rejects(house().load(grown, drawn('| id INT | name | level INT |\n| 1 | stays | 9 |')), {
      name: 'DataError',
      message: "dimension grown, table grown_dim, column level: 1 member that left the source can't fill a new column. the create has grown, the column is NOT NULL, and there is nothing to fill it with for grown_key 2. Way out: give the column a DEFAULT in the create, or let it be NULL",
    })
    assert.equal((await house().load(grown, drawn('| id INT | name | level INT |\n| 1 | stays | 9 |\n| 2 | back | 8 |'))).overwritten, 2)
  })

  it('refuses a live table that lost its lookup', async () => {
    await house().load(scd1(specOf('lost')), drawn('| id INT | name |\n| 1 | a |'))
    const other = scd1({ source: anything, create: create('CREATE TABLE lost_dim (\n lost_key KEY,\n code INT NOT NULL\n)'), key: 'lost_key', lookup: ['code'] })
    await assert.rejects(house().load(other, drawn('| code INT |\n| 1 |')), /the live table has no column code/)
  })

  it('refuses two live members of one lookup', async () => {
    await house().load(scd1(specOf('two')), drawn('| id INT | name |\n| 1 | a |'))
    await connection().execute('INSERT INTO two_dim VALUES (2, 1, \'b\')')
    await assert.rejects(house().load(scd1(specOf('two')), drawn('| id INT | name |\n| 1 | a |')), {
      name: 'DataError', message: /^dimension two, table two_dim: the live table has several current members of one lookup\. id 1 has two_key 1 and 2\./,
    })
  })

  it('says which table does not take its rows, and leaves the live one as it was', async () => {
    const unique = scd1(specOf('unique', ',\n UNIQUE (name)'))
    await house().load(unique, drawn('| id INT | name |\n| 1 | a |'))
    await assert.rejects(house().load(unique, drawn('| id INT | name |\n| 1 | a |\n| 2 | a |')), {
      name: 'DataError', message: /^dimension unique, table unique_dim: the table does not take the rows\. .*[Dd]uplicate.* Way out: let the source bring what the create's keys and checks allow, or change those; a UNIQUE text is compared as its collation says$/,
    })
    assert.equal((await house().rows(unique)).length, 2)
  })

  const bad: [string, string, string][] = [
    ['a text that is too long', '| school_id INT | name VARCHAR(99) | state |\n| 7 | a | b |\n| 8 | abcdefghijklmnopqrstuvwxyz | b |',
      "column name: row 2 (school_id 8) brings a value that the table can't hold. 'abcdefghijklmnopqrstuvwxyz' does not fit text of at most 20 characters: it has 26 characters. Way out: correct or CAST it in the source, or give the column another type in the create"],
    ['a NULL in a column that allows none', '| school_id INT | name | state |\n| 7 | NULL | b |',
      "column name: row 1 (school_id 7) brings a value that the table can't hold. NULL in a column that allows none. Way out: COALESCE it in the source, or let the column be NULL in the create"],
    ['a number that is out of range', '| school_id BIGINT | name | state |\n| 9999999999 | a | b |',
      "column school_id: row 1 (school_id 9999999999) brings a value that the table can't hold. 9999999999 does not fit an integer from -2147483648 to 2147483647. Way out: correct or CAST it in the source, or give the column another type in the create"],
    ['another type', '| school_id DATE | name | state |\n| 2020-01-01 | a | b |',
      "column school_id: the source's type doesn't go into the table. a date does not go to an integer from -2147483648 to 2147483647; CAST it in the source"],
    ['a column that is missing', '| school_id INT | nmae | state |\n| 1 | a | b |',
      "column name: the source brings no such column. it brings school_id, nmae, state. Way out: Did you mean 'nmae'? Then SELECT it AS name"],
  ]
  for (const [what, rows, message] of bad) {
    it(`refuses ${what}, with where, why and the way out`, async () => {
      await assert.rejects(house().load(school, drawn(rows)), { name: 'DataError', message: `dimension school, table school_dim, ${message}` })
    })
  }

  it('refuses a table that was taken over where rows of it have no key, rather than lose them', async () => {
    await connection().execute('CREATE TABLE school_dim (school_key INT, school_id INT, name VARCHAR(20), state VARCHAR(20))')
    await connection().execute("INSERT INTO school_dim VALUES (1, 7, 'Yale', 'CT'), (NULL, 8, 'MIT', 'MA')")
    await assert.rejects(house().load(school, drawn('| school_id INT | name | state |\n| 7 | Yale | CT |')),
      /column school_key: 1 row of the live table has no key/)
  })

  it('never meets a member anew because its table would keep less of a lookup', async () => {
    const country = scd1({ ...specOf('country'), create: create<string>('CREATE TABLE country_dim (\n country_key KEY,\n id CHAR(5) NOT NULL\n)') })
    const rows = drawn("| id |\n| 'DK ' |")
    const first = await house().load(country, rows).catch((error: unknown) => error)
    if (first instanceof DataError) assert.match(first.message, /row 1 \(id 'DK '\).*a CHAR drops the blanks at its end/)
    else assert.equal((await house().load(country, rows)).unchanged, 1)
  })

  it('puts rows through transform, and counts those that it rejects', async () => {
    const shouted = scd1({
      source: source<{ id: number, name: string }>('SELECT 1'),
      create: create('CREATE TABLE shout_dim (\n shout_key KEY,\n id INT NOT NULL,\n name VARCHAR(9),\n letters INT\n)'),
      key: 'shout_key', lookup: ['id'], adds: ['letters'],
      transform: (row) => row.name === 'no' ? null : { id: row.id, name: row.name.toUpperCase(), letters: row.name.length },
    })
    const counts = await house().load(shouted, drawn('| id INT | name |\n| 1 | ab |\n| 2 | no |\n| 3 | abc |'))
    assertDrawn(await house().rows(shouted), `
      | shout_key INT | id INT | name | letters INT |
      | -1            | 0      | NULL | NULL        |
      | 1             | 1      | AB   | 2           |
      | 2             | 3      | ABC  | 3           |
    `)
    assert.deepEqual([counts.read, counts.rejected], [3, 1])
  })

  const many: [string, string, (n: number) => string][] = [
    ['by whole numbers', 'id INT NOT NULL', (n) => String(n)], ['by whole numbers that the table has once', 'id INT NOT NULL,\n UNIQUE (id)', (n) => String(n)],
    ['by whole numbers that may be NULL', 'id INT', (n) => n === 9 ? 'NULL' : String(n)], ['by texts', 'id VARCHAR(20) NOT NULL', (n) => `${n % 2 === 0 ? 'a' : 'A'}${Math.floor(n / 2)}`],
  ]
  for (const [what, column, idOf] of many) {
    it(`knows many members again ${what}, whoever changed, came or left`, async () => {
      const dimension = scd1({
        source: anything, create: create<string>(`CREATE TABLE many_dim (\n many_key KEY,\n ${column.replace(',', ',\n name VARCHAR(9) NOT NULL,')}${column.includes(',') ? '' : ',\n name VARCHAR(9) NOT NULL'}\n)`),
        key: 'many_key', lookup: ['id'],
      })
      const members = new Map<number, { key: number, name: string }>()
      const load = async (numbers: readonly number[], nameOf: (n: number) => string): Promise<void> => {
        const expected = { unchanged: 0, overwritten: 0, newMembers: 0 }
        for (const n of numbers) {
          const known = members.get(n)
          expected[known === undefined ? 'newMembers' : known.name === nameOf(n) ? 'unchanged' : 'overwritten'] += 1
          members.set(n, { key: known?.key ?? members.size + 1, name: nameOf(n) })
        }
        const type = column.includes('INT') ? 'INT' : ''
        const { unchanged, overwritten, newMembers } = await house().load(dimension, drawn(`| id ${type} | name |\n${numbers.map((n) => `| ${idOf(n)} | ${nameOf(n)} |`).join('\n')}`), { batch: 100 })
        assert.deepEqual({ unchanged, overwritten, newMembers }, expected)
        const rows = (await house().rows(dimension)).filter((row) => Number(row['many_key']) !== -1).map((row) => ['many_key', 'id', 'name'].map((name) => word(row[name])).join(' '))
        assert.deepEqual(rows.toSorted(), [...members].map(([n, { key, name }]) => `${key} ${idOf(n)} ${name}`).toSorted())
      }
      const [first, later] = [Array.from({ length: 230 }, (_, i) => i + 1), Array.from({ length: 230 }, (_, i) => 250 - i).filter((n) => n % 50 !== 0)]
      // Few have left, and then many.
      const others = Array.from({ length: 201 }, (_, i) => i + 100)
      for (const [numbers, nameOf] of [
        [first, () => 'a'], [first, () => 'a'], [first, (n) => n % 100 === 7 ? 'b' : 'a'], [later, (n) => n === 30 ? 'c' : n % 100 === 7 ? 'b' : 'a'], [later, () => 'd'],
        [others, (n) => n % 2 === 0 ? 'd' : 'e'], [others, () => 'd'],
      ] satisfies [number[], (n: number) => string][]) await load(numbers, nameOf)
      if (column.includes('UNIQUE')) return
      await connection().execute('UPDATE many_dim SET id = (SELECT id FROM (SELECT id FROM many_dim WHERE many_key = 108) AS one) WHERE many_key = 109')
      await assert.rejects(load(later, () => 'd'), /the live table has several current members of one lookup\. id '?.+ has many_key 108 and 109/)
    })
  }

  it('publishes nothing where somebody deletes a member by hand while they are compared', async () => {
    const rows = drawn(`| school_id INT | name | state |\n${Array.from({ length: 210 }, (_, i) => `| ${i + 1} | a | b |`).join('\n')}`)
    await house().load(school, rows, { batch: 100 })
    const before = [/^INSERT INTO \S+__r\d/, () => connection().execute('DELETE FROM school_dim WHERE school_id = 7')] as const
    await assert.rejects(house().load(school, rows, { batch: 100, before }), { name: 'BusyError', message: /^dimension school, table school_dim: the live table was changed while its members were compared\. it had 210 rows of members, and then 209/ })
    assert.equal((await house().load(school, rows, { batch: 100 })).newMembers, 1)
  })

  it('publishes nothing where somebody changes by hand who is new while members are compared', async () => {
    const known = scd1({ source: anything, key: 'known_key', lookup: ['id'], create: create('CREATE TABLE known_dim (\n known_key KEY,\n id INT NOT NULL,\n UNIQUE (id)\n)') })
    await house().load(known, numbered(210), { batch: 100 })
    for (const [statement, sql, others] of [
      [/^INSERT INTO \S+__r\d/, 'UPDATE known_dim SET id = 300 WHERE known_key = 7', 2], [/NOT EXISTS/, 'INSERT INTO known_dim VALUES (900, 211)', 0],
    ] as const) {
      const before = [statement, () => connection().execute(sql)] as const
      await assert.rejects(house().load(known, numbered(211), { batch: 100, before }), { name: 'BusyError', message: new RegExp(`the live table was changed while its members were compared\\. 1 of the source's members were new, and then ${others}`) })
      await connection().execute('UPDATE known_dim SET id = 7 WHERE known_key = 7')
    }
    assert.equal((await house().load(known, numbered(211), { batch: 100 })).unchanged, 211)
  })

  if (path === 'values') it('plans the very statements that it runs', async () => {
    const rows = drawn('| school_id INT | name | state |\n| 7 | Yale | CT |')
    for (const time of ['first', 'second']) {
      const planned = (await house().plan(school)).filter(({ title, sql }) => !sql.startsWith('--') && !title.endsWith('where there are more than 200 rows')).map(({ sql }) => sql)
      const before = house().statements.length
      await house().load(school, rows)
      const ran = house().statements.slice(before).map((sql) => sql.replaceAll(/__([a-z])\d+/g, '__$1'))
      for (const sql of planned) assert.ok(ran.includes(sql.replaceAll(/__([a-z])\d+/g, '__$1')) || /ROW_NUMBER/.test(sql), `${time}: ${sql}`)
    }
  })
})

/** A small dimension with a name of its own. */
function specOf(name: string, more = '') {
  return {
    source: anything,
    create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL,\n name VARCHAR(9) NOT NULL${more}\n)`),
    key: `${name}_key`,
    lookup: ['id'] as const,
  }
}
