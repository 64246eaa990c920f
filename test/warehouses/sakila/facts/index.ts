export { rental } from './rental.ts'
export { payment } from './payment.ts'
