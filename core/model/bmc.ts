// What a board controller (BMC) tells of itself and its machine, whichever protocol it speaks, and what is remembered of it.

export type BmcProtocol = 'ipmi' | 'redfish';

export type BmcIdentity = {
  protocol: BmcProtocol;
  /** Of the protocol: `2.0`, `1.15.0`. */
  version?: string;
  maker?: string;
  model?: string;
  firmware?: string;
};

export type Sensor = {
  name: string;
  kind: 'temperature' | 'fan' | 'voltage' | 'current' | 'power' | 'other';
  /** Absent where it tells a state and no number, or cannot be read now. */
  value?: number;
  /** `°C`, `RPM`, `V`, `A`, `W`, `%`, or what the BMC says. */
  unit?: string;
  /** `unread`: there is no reading now, as for what is switched off or not fitted. */
  state: 'ok' | 'warning' | 'critical' | 'unread';
};

/** One line of the event log. */
export type BmcEvent = {
  id: string;
  /** Unix ms by the BMC's clock, which many set to local time; absent where that was not set yet. */
  at?: number;
  severity: 'ok' | 'warning' | 'critical';
  text: string;
};

/** How the BMC of a machine was last reached: what answered, by node id. */
export type BmcContact = {
  nodeId: string;
  /** Which account and address this is about; another one is looked at anew. */
  account: string;
  /** Absent after it stopped answering, so that it is looked for again. */
  protocol?: BmcProtocol;
  /** RMCP+ cipher suite that it takes (IPMI 2.0 table 22-20). */
  cipherSuite?: number;
  /** SHA-256 of the certificate that it showed first; another one is refused. */
  certificate?: string;
  /** Better accounts that did not work then; tried again after a while only, for a BMC locks out who errs too often. */
  refused: string[];
  /** Unix ms. */
  at: number;
};

/** Somebody is to switch a machine by hand. Gone as soon as the machine shows that it was done. */
export type HandRequest = {
  nodeId: string;
  action: 'on' | 'off' | 'cycle';
  /** What ran on it then: another one means that it was started anew. */
  instance?: string;
  /** Unix ms. */
  at: number;
};
