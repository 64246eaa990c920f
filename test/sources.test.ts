import { testSource } from 'starline'
import config from '../config.ts'

// Nothing is loaded: each source is asked for a few rows, and they are held against the table that they are for.
describe('the sources', () => {
  for (const name of [...Object.keys(config.dimensions), ...Object.keys(config.facts)]) {
    it(`${name} answers with what its table needs`, async () => {
      await testSource(config, name)
    })
  }
})
