import assert from 'node:assert/strict'
import { errorOf } from '../../engine/error-document.ts'
import { ConfigurationError } from '../../engine/errors.ts'
import { keptDocument } from '../../engine/publish/kept-error.ts'
import { keepSecret } from '../../engine/redact.ts'

describe('an error that the ledger keeps', () => {
  it('has no secret in any of its texts, nor in those of its problems', () => {
    keepSecret('xk29-canary')
    const text = 'it says xk29-canary'
    const kept = keptDocument(new ConfigurationError(text, { where: text, why: text, wayOut: text, problems: [text, 'another'] }))
    assert.ok(!JSON.stringify(kept).includes('canary'), JSON.stringify(kept))
    assert.deepEqual(kept.problems, ['it says ***', 'another'])
    assert.ok(errorOf(kept) instanceof ConfigurationError, 'it is read back as what it was')
  })
})
