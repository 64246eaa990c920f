import assert from 'node:assert/strict'
import { drawn } from '../helpers/drawn.ts'
import { LOAD, kinds, newStar } from './star.ts'
import type { Star } from './star.ts'

/** What somebody did to the warehouse by hand. Statements and what is said are parted by +. */
const hindrances = drawn(`
  | where    | what                                    | done                                                                                    | code INT | says                                          | undone                                        |
  | -------- | --------------------------------------- | --------------------------------------------------------------------------------------- | -------- | --------------------------------------------- | --------------------------------------------- |
  | PostgreSQL | a table has a trigger                 | CREATE FUNCTION nil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END' + CREATE TRIGGER tr BEFORE INSERT ON sale_fact FOR EACH ROW EXECUTE FUNCTION nil() | 2 | table sale_fact + the trigger tr + way out | DROP TRIGGER tr ON sale_fact |
  | both     | a table that others point at was changed | ALTER TABLE school_dim ADD COLUMN more INT + CREATE TABLE child (k INT, FOREIGN KEY (k) REFERENCES school_dim (school_key)) | 1 | table school_dim + the create has no column more + child + ALTER | DROP TABLE child + ALTER TABLE school_dim DROP COLUMN more |
  | MariaDB  | a table has a trigger                   | CREATE TRIGGER tr BEFORE INSERT ON sale_fact FOR EACH ROW SET NEW.amount = 0            | 2        | table sale_fact + the trigger tr + DROP TRIGGER \`tr\` | DROP TRIGGER tr                      |
  | both     | a lookup column was renamed             | ALTER TABLE school_dim RENAME COLUMN school_id TO sid                                   | 1        | dimension school, table school_dim + no column school_id + way out | ALTER TABLE school_dim RENAME COLUMN sid TO school_id |
  | both     | the ledger lost a column                | ALTER TABLE etl_request DROP COLUMN attempts                                            | 2        | the ledger's table etl_request has no column attempts + drop it | DROP TABLE etl_request      |
  | both     | the ledger's name is somebody's own     | DROP TABLE etl_input + CREATE TABLE etl_input (note INT)                                | 2        | etl_input has no column run, dimension + somebody's own | DROP TABLE etl_input                |
`)

/** What a later load gets over by itself. */
const lost = drawn(`
  | what                                  | done                                                    |
  | ------------------------------------- | ------------------------------------------------------- |
  | the targets of the ledger are gone    | DROP TABLE etl_target                                   |
  | the runs of the ledger are gone       | DROP TABLE etl_run                                      |
  | the requests of the ledger are gone   | DROP TABLE etl_request                                  |
  | the inputs of the ledger are gone     | DROP TABLE etl_input                                    |
  | the bad rows of the ledger are gone   | DROP TABLE etl_bad_row                                  |
  | the refreshes of the ledger are gone  | DROP TABLE etl_refresh                                  |
  | the ledger is gone                    | DROP TABLE etl_target + DROP TABLE etl_run + DROP TABLE etl_request + DROP TABLE etl_input + DROP TABLE etl_refresh + DROP TABLE etl_bad_row |
  | the targets were emptied              | DELETE FROM etl_target                                  |
  | the fences were set back              | UPDATE etl_target SET fence = 1                         |
  | a reservation is nobody's             | UPDATE etl_target SET reserved_by = 'nobody'            |
  | all runs are said to be running       | UPDATE etl_run SET status = 'running'                   |
  | all refreshes are said to be running  | UPDATE etl_refresh SET status = 'running'               |
  | a fact's table is gone                | DROP TABLE sale_fact                                    |
`)

const parts = (text: unknown): string[] => String(text).split(' + ')

for (const kind of kinds) {
  describe(`a star on ${kind}`, () => {
    let star: Star
    let first: string
    before(async () => {
      star = await newStar(kind)
      // Twice: so that there are replaced tables too.
      await star.load()
      await star.load()
      first = await star.live()
    })
    after(() => star.remove())

    for (const row of hindrances.rows.filter(({ where }) => where === kind || where === 'both')) {
      it(`stays as it is, and says why, where ${String(row['what'])}`, async () => {
        await star.execute(...parts(row['done']))
        const changed = await star.live()
        const { code, said } = await star.run()
        assert.equal(await star.live(), changed)
        await star.execute(...parts(row['undone']))
        assert.equal(code, row['code'], said)
        for (const part of parts(row['says'])) assert.ok(said.includes(part), `it does not say ${part}:\n${said}`)
        await star.load()
        assert.equal(await star.live(), first)
        assert.deepEqual(await star.leftovers(), [])
      })
    }

    for (const row of lost.rows) {
      it(`is loaded again with the same keys where ${String(row['what'])}`, async () => {
        await star.execute(...parts(row['done']))
        // Twice: what replaced tables are called must not collide either.
        for (let i = 0; i < 2; i += 1) {
          await star.load()
          assert.equal(await star.live(), first)
        }
        assert.deepEqual(await star.leftovers(), [])
      })
    }
  })

  describe(`a table on ${kind} that was not made here`, () => {
    let star: Star
    beforeEach(async () => {
      star = await newStar(kind)
      await star.execute(
        'CREATE TABLE school_dim (school_key INT PRIMARY KEY, school_id INT NOT NULL, name VARCHAR(20) NOT NULL, state VARCHAR(20))',
        "INSERT INTO school_dim VALUES (70, 2, 'Old', NULL), (80, 777, 'Gone', 'Iowa')",
      )
    })
    afterEach(() => star.remove())

    it('is left alone', async () => {
      const first = await star.live()
      const { code, said } = await star.run()
      assert.equal(code, 2, said)
      assert.match(said, /table school_dim.*was not made here[^]*--adopt/)
      assert.equal(await star.live(), first)
    })

    it('is not dropped', async () => {
      const first = await star.live()
      const { code, said } = await star.run({}, ['--drop_tables', '--yes'])
      assert.equal(code, 2, said)
      assert.equal(await star.live(), first)
    })

    it('is taken over with its keys where that is asked for', async () => {
      await star.load({}, [...LOAD, '--adopt'])
      await star.load()
      const rows = await star.rows('SELECT school_id, school_key FROM school_dim ORDER BY school_key')
      assert.deepEqual(rows.map(({ school_id: id, school_key: key }) => [id, key]), [[0, -1], [2, 70], [777, 80], [1, 81], [3, 82]])
    })

    it('is never taken over where it is a view', async () => {
      await star.execute('DROP TABLE school_dim', 'CREATE TABLE theirs (school_key INT, school_id INT, name VARCHAR(20), state VARCHAR(20))', 'CREATE VIEW school_dim AS SELECT * FROM theirs')
      for (const argv of [LOAD, [...LOAD, '--adopt'], ['--drop_tables', '--yes', '--adopt']]) {
        const { code, said } = await star.run({}, argv)
        assert.equal(code, 2, said)
      }
      assert.match((await star.run({}, [...LOAD, '--adopt'])).said, /school_dim is a view[^]*DROP VIEW/)
      assert.deepEqual(await star.rows('SELECT * FROM school_dim'), [])
    })
  })
}
