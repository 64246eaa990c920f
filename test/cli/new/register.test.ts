import assert from 'node:assert/strict'
import { columnNames, etlNameProblem, snakeCase } from '../../../engine/cli/new/names.ts'
import { withExport, withListed } from '../../../engine/cli/new/register.ts'

const config = (imports: string, lists: string): string => `import { defineConfig } from 'starline'\n${imports}\nexport default defineConfig({\n  source: 'files:data',\n${lists}\n})\n`

describe('a name for config.ts', () => {
  // what is there | its imports and lists | the same with `site` among the dimensions
  const plain: readonly (readonly [what: string, before: string, after: string])[] = [
    ['lists in one line', config("import { user } from './dimensions/index.ts'", '  dimensions: { user },\n  facts: {},'),
      config("import { user, site } from './dimensions/index.ts'", '  dimensions: { user, site },\n  facts: {},')],
    ['lists of a line each', config("import {\n  user,\n} from './dimensions/index.ts'", '  dimensions: {\n    date,\n    user,\n  },'),
      config("import {\n  user,\n  site,\n} from './dimensions/index.ts'", '  dimensions: {\n    date,\n    user,\n    site,\n  },')],
    ['lists without a last comma', config("import {\n  date,\n  user\n} from './dimensions/index.ts'", '  dimensions: {\n    user\n  },'),
      config("import {\n  date,\n  user,\n  site,\n} from './dimensions/index.ts'", '  dimensions: {\n    user,\n    site,\n  },')],
    ['several names in a line', config("import {\n  date, user,\n} from './dimensions/index.ts'", '  dimensions: {\n    date, user,\n  },'),
      config("import {\n  date, user, site,\n} from './dimensions/index.ts'", '  dimensions: {\n    date, user, site,\n  },')],
    ['no dimension yet', config('', '  dimensions: {},\n  facts: {},'),
      config("import { site } from './dimensions/index.ts'\n", '  dimensions: { site },\n  facts: {},')],
    ['an import of none', config("import {} from './dimensions/index.ts'", '  dimensions: { },'),
      config("import { site } from './dimensions/index.ts'", '  dimensions: { site },')],
  ]
  for (const [what, before, after] of plain) it(`goes among ${what}`, () => assert.equal(withListed(before, 'dimension', 'site'), after))

  const strange: readonly (readonly [what: string, text: string])[] = [
    ['a list with a comment alone', config('', '  dimensions: {\n    // none\n  },')],
    ['a comment behind the last name', config("import { user } from './dimensions/index.ts'", '  dimensions: {\n    user, // the last one\n  },')],
    ['a list that is spread', config("import { user } from './dimensions/index.ts'", '  dimensions: { ...more, user },')],
    ['a name that is renamed', config("import { user } from './dimensions/index.ts'", '  dimensions: { people: user },')],
    ['an import of everything', config("import * as dimensions from './dimensions/index.ts'", '  dimensions,')],
    ['two lists', config("import { user } from './dimensions/index.ts'", '  dimensions: { user },\n}); defineConfig({\n  dimensions: { user },')],
    ['a list in a comment', config("import { user } from './dimensions/index.ts'", '  // dimensions: { user },')],
    ['a name that is there', config("import { site } from './dimensions/index.ts'", '  dimensions: { site },')],
    ['no list at all', config("import { user } from './dimensions/index.ts'", '')],
  ]
  for (const [what, text] of strange) it(`is left to the team where there is ${what}`, () => assert.equal(withListed(text, 'dimension', 'site'), undefined))

  it('goes to the end of an index of exports, and into no other', () => {
    assert.equal(withExport("// ours\nexport { user } from './user.ts'", 'site'), "// ours\nexport { user } from './user.ts'\nexport { site } from './site.ts'\n")
    assert.equal(withExport('', 'site'), "export { site } from './site.ts'\n")
    assert.equal(withExport("export const dimensions = { user }\n", 'site'), undefined)
  })
})

describe('the names of what is made of a table', () => {
  it('are snake_case', () => {
    assert.deepEqual(['InvoiceLine', 'Unit Price', 'HTTPCode', 'address2Line', 'ÄrgerNr', '__x__', '%'].map(snakeCase),
      ['invoice_line', 'unit_price', 'http_code', 'address2_line', 'ärger_nr', 'x', ''])
  })

  it('are each there once, and need no quotes', () => {
    assert.deepEqual(columnNames(['Id', 'id', 'order', 'UnitPrice', 'unit_price', '2nd', 'thing_key', '`'], 'thing', ['thing_key']),
      ['thing_id', 'thing_id_2', 'thing_order', 'unit_price', 'thing_unit_price', 'thing_2nd', 'thing_thing_key', undefined])
  })

  it('are no words of TypeScript\'s', () => {
    assert.deepEqual(['customer', 'class', 'source', 'Customer', '1st', 'a'.repeat(44)].map((name) => etlNameProblem(name) === undefined), [true, false, false, false, false, false])
  })
})
