import assert from 'node:assert/strict'
import { create, scd1, source, task, transaction } from '../../engine/index.ts'

const school = scd1({
  source: source('SELECT s.id AS school_id FROM school AS s'), create: create('CREATE TABLE school_dim (school_key KEY, school_id INT NOT NULL)'), key: 'school_key', lookup: ['school_id'],
})
const sale = transaction({ source: source('SELECT s.id AS sale_id FROM sale AS s'), create: create('CREATE TABLE sale_fact (sale_id INT NOT NULL)'), keys: {} })

describe('a task that is declared', () => {
  it('is frozen, and knows its steps by type and name', () => {
    const nightly = task({ schedule: '0 0 * * *', tz: 'America/New_York', steps: [{ school }, { sale, other_sale: sale }] })
    assert.deepEqual(nightly, { schedule: '0 0 * * *', tz: 'America/New_York', catchUp: 'last', steps: ['dimension school', 'fact sale', 'fact other_sale'] })
    assert.ok(Object.isFrozen(nightly) && Object.isFrozen(nightly.steps), 'it is frozen')
    assert.deepEqual(task({ schedule: '@daily' }), { schedule: '@daily', tz: 'UTC', catchUp: 'last', steps: undefined })
  })

  // what is written | what is said
  const wrong: [unknown, RegExp][] = [
    [undefined, /a task is an object/],
    [{}, /schedule: is missing; write when it comes, such as '0 0 \* \* \*' or '@daily'/],
    [{ schedule: '@daily', tz: 5 }, /tz: is no text/],
    [{ schedule: '0 0 31 2 *' }, /no day is like that/],
    [{ schedule: '@daily', tz: 'Europe/Copenhagn' }, /did you mean 'Europe\/Copenhagen'\?/],
    [{ schedule: '@daily', catchup: 'all' }, /there is no key catchup; did you mean catchUp\?/],
    [{ schedule: '@daily', catchUp: 'first' }, /catchUp: is "first", and can be last, all, none/],
    [{ schedule: '@daily', steps: [] }, /steps: is no list of dimensions and facts/],
    [{ schedule: '@daily', steps: [{}] }, /steps: nothing is in them/],
    [{ schedule: '@daily', steps: [{ school, town: 'school' }] }, /steps\.0\.town: is no dimension and no fact/],
    [{ schedule: 'daily', tz: 'UTC', catchUp: 'never' }, /the task has 2 problems\n {2}- "daily" is no schedule.*\n {2}- catchUp: /],
  ]
  for (const [spec, said] of wrong) {
    it(`is refused: ${JSON.stringify(spec, (key, value: unknown) => (key === 'school' ? 'a dimension' : value)) ?? 'nothing'}`, () => assert.throws(() => task(spec as Parameters<typeof task>[0]), { name: 'ConfigurationError', message: said }))
  }
})
