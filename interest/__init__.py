"""Anonymous interest, partners found without counts, and the release gate, which alone publishes them.

Part of this room: keys and tokens, the sealed store, receipts, the release gate with its ledger, cards and
introductions, the exports of interest. Not part of it: a notice, a score, a letter, a clock, a log line. No room
but `pipelines` and `portal` imports this one, and it imports no room: a declaration changes no digest because
nothing that writes a digest can read it.

Three roles, each with its own folder and keys under the room's folder:

    public/     the manifest of keys, the policy, the cluster's mode, the trusted day: anybody may read it
    issuer/     has the members' keys, signs blindly (blind mode)                interest.roles.issuer
    vault/      the web process: one nullifier key per lot (vault mode)          interest.roles.vault
    collector/  the sealed store, which names neither members nor lots           interest.roles.collector
    gate/       the only place whose keys open the sealed store                  interest.release.release_gate
"""
