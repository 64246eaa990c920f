import { scd2 } from 'starline'
import { customer as source } from '../sources/customer.ts'
import { customer as create } from '../creates/customer.ts'

/** One member is one version of a customer: moving house, or getting another sales agent, opens a new one. */
export const customer = scd2({
  source,
  create,
  key: 'customer_key',
  lookup: ['customer_id'],
  history: ['address', 'city', 'state', 'country', 'postal_code', 'support_rep_id'],
})
