import assert from 'node:assert/strict'
import { findingsOf } from '../../engine/cli/validate/findings.ts'
import { configOf, kinds, LOAD, newStar } from '../bad-input/star.ts'
import type { Star } from '../bad-input/star.ts'
import { dirname } from 'node:path'

for (const kind of kinds) {
  describe(`a fact that stays while its dimension is dropped on ${kind}`, () => {
    let star: Star
    before(async () => {
      star = await newStar(kind)
      await star.load()
    })
    after(() => star.remove())

    const found = async (): Promise<string[]> => {
      const messages: string[] = []
      for await (const { what, errors } of findingsOf(configOf(dirname(star.data), star.warehouse, {}), new AbortController().signal)) messages.push(...errors.map(({ message }) => `${what}: ${message}`))
      return messages
    }

    // what is asked for | what is active | what is said
    const refused: readonly (readonly [argv: readonly string[], withoutSale: boolean, said: RegExp])[] = [
      [['--drop_tables', '--select', 'school', '--yes'], false, /sale_fact \(fact sale\) points at school_dim; members that are loaded again get other keys[^]*--select school,sale\); or drop nothing/],
      [['--drop_tables', '--run_dimensions', '--select', 'school', '--yes'], false, /sale_fact \(fact sale\) points at school_dim/],
      [['--drop_tables', ...LOAD, '--exclude', 'sale', '--yes'], false, /sale_fact \(fact sale\) points at school_dim/],
      [['--drop_tables', '--select', 'school', '--dry_run'], false, /sale_fact \(fact sale\) points at school_dim/],
      [['--drop_tables', ...LOAD, '--yes'], true, /sale_fact, which is not active, points at school_dim[^]*list what is not active in the configuration, or drop its table yourself/],
    ]
    for (const [argv, withoutSale, said] of refused) {
      it(`is refused with ${argv.join(' ')}${withoutSale ? ', though it is not active' : ''}, and nothing is dropped`, async () => {
        const first = await star.live()
        const ran = await star.run({ withoutSale }, argv)
        assert.equal(ran.code, 2, ran.said)
        assert.match(ran.said, said)
        assert.equal(await star.live(), first)
      })
    }

    it('is told of by validate where the dimension was dropped by hand, until the fact is loaded again', async () => {
      assert.deepEqual(await found(), [])
      await star.load({}, ['--run_dimensions'])
      assert.deepEqual(await found(), [], 'a load keeps the keys')
      await star.execute('DROP TABLE school_dim')
      await star.load({}, ['--run_dimensions'])
      const [message, ...others] = await found()
      assert.deepEqual(others, [])
      assert.match(message ?? '', /^fact sale: fact sale, table sale_fact, column school_fk: the live table points at members that are gone\. school_dim has no member with the school_key [12]\. Way out: load the fact again/)
      await star.load({}, ['--run_facts'])
      assert.deepEqual(await found(), [])
    })

    it('goes with it where both are picked, or where there is none', async () => {
      await star.load({}, ['--drop_tables', ...LOAD, '--select', 'school,sale', '--yes'])
      assert.deepEqual(await found(), [])
      await star.load({}, ['--drop_tables', '--select', 'sale', '--yes'])
      await star.load({}, ['--drop_tables', '--run_dimensions', '--select', 'school', '--yes'])
      await star.load()
      assert.deepEqual(await found(), [])
    })
  })
}
