package secret

import (
	"sync"
	"time"
)

// keyCache holds plain keys for a short time, of a bounded number of tenants.
type keyCache struct {
	now     func() time.Time
	keepFor time.Duration
	tenants int

	mu   sync.Mutex
	byID map[string]*tenantKeys
}

// maxKeysPerTenant bounds old keys in memory: only values not yet sealed again
// need them.
const maxKeysPerTenant = 8

type tenantKeys struct {
	keys           map[keyID]cachedKey
	current        keyID
	currentVersion int64
	currentExpires time.Time
}

type cachedKey struct {
	*dataKey
	expires time.Time
}

func newKeyCache(now func() time.Time, keepFor time.Duration, tenants int) *keyCache {
	return &keyCache{now: now, keepFor: keepFor, tenants: tenants, byID: make(map[string]*tenantKeys)}
}

func (c *keyCache) get(workspace string, id keyID) *dataKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lookup(workspace, id)
}

func (c *keyCache) current(workspace string) *dataKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.byID[workspace]
	if t == nil || !c.now().Before(t.currentExpires) {
		return nil
	}
	return c.lookup(workspace, t.current)
}

func (c *keyCache) lookup(workspace string, id keyID) *dataKey {
	t := c.byID[workspace]
	if t == nil {
		return nil
	}
	key, ok := t.keys[id]
	if !ok {
		return nil
	}
	if !c.now().Before(key.expires) {
		delete(t.keys, id)
		return nil
	}
	return key.dataKey
}

func (c *keyCache) put(workspace string, key *dataKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.byID[workspace]
	if t == nil {
		c.makeRoom()
		t = &tenantKeys{keys: make(map[keyID]cachedKey)}
		c.byID[workspace] = t
	}
	for id := range t.keys {
		if len(t.keys) < maxKeysPerTenant {
			break
		}
		delete(t.keys, id)
	}
	t.keys[key.id] = cachedKey{dataKey: key, expires: c.now().Add(c.keepFor)}
}

// putCurrent names a key that put has just cached as the one to seal with, by
// the item of that version. An older version comes from a read that a rotation
// overtook and is ignored.
func (c *keyCache) putCurrent(workspace string, key *dataKey, version int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.byID[workspace]; t != nil && version >= t.currentVersion {
		t.current, t.currentVersion, t.currentExpires = key.id, version, c.now().Add(c.keepFor)
	}
}

// drop forgets a tenant's keys.
func (c *keyCache) drop(workspace string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, workspace)
}

// makeRoom drops the tenants whose keys have all expired, and then, if it must,
// any: a key that is dropped is only fetched again.
func (c *keyCache) makeRoom() {
	if len(c.byID) < c.tenants {
		return
	}
	now := c.now()
	for workspace, t := range c.byID {
		for id, key := range t.keys {
			if !now.Before(key.expires) {
				delete(t.keys, id)
			}
		}
		if len(t.keys) == 0 {
			delete(c.byID, workspace)
		}
	}
	for workspace := range c.byID {
		if len(c.byID) < c.tenants {
			return
		}
		delete(c.byID, workspace)
	}
}
