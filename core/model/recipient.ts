// Whose key something is sealed for: an SSH public key or an age recipient, and nothing that could be an option or a file.

export const RECIPIENT = '^(ssh-(ed25519|rsa) [A-Za-z0-9+/=]{40,8000}( [^\\n]{0,200})?|age1[02-9ac-hj-np-z]{58})$';
