BEGIN TRANSACTION;
CREATE TABLE challenges (
	nonce VARCHAR(64) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	expires INTEGER NOT NULL, 
	PRIMARY KEY (nonce)
);
INSERT INTO "challenges" VALUES('bb5d9e497feee077d59f19ec5de6edfcdd234dbb8b2c57ebf6b32fd0da954298','alice',1795440781);
CREATE TABLE chunks (
	dataset VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	PRIMARY KEY (dataset, number), 
	FOREIGN KEY(dataset) REFERENCES datasets (id)
);
INSERT INTO "chunks" VALUES('08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab',0,'12b7376ff404260c50e00ee89d7af7b260e804bc7412614056a0a15279e8230d',143);
INSERT INTO "chunks" VALUES('a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b',0,'afe926135c60e0b005d04b559b73a169a2174c6d5ec2be76cc4ecb986ede2940',143);
CREATE TABLE consents (
	project VARCHAR(32) NOT NULL, 
	dataset VARCHAR(64) NOT NULL, 
	document TEXT NOT NULL, 
	expires INTEGER NOT NULL, 
	PRIMARY KEY (project, dataset), 
	FOREIGN KEY(project) REFERENCES projects (id)
);
INSERT INTO "consents" VALUES('33e7fa4b95cdaf592657f9582a9a9d95','08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab','{"kind": "consent", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "dataset": "08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab", "expires": "2026-11-23T14:32:00Z"}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "ac4ba2827ded73f740db52d544ccebd37af7f084e348d1b3bc7d8236d287c8c2ac0d4120e409ab6a5ceca217465fffede23752d0a89e3dee8e53cc5b3c0af301"}',1795444320);
INSERT INTO "consents" VALUES('33e7fa4b95cdaf592657f9582a9a9d95','a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b','{"kind": "consent", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "dataset": "a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b", "expires": "2026-11-23T14:32:00Z"}, "signer": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "signature": "1a951a1300697135b10138817fcdef462a72fd0995b9747dbedc2783891a741d546aebfe16c36977b5be46a26d0873ec25369dfb631eac95feab7c98ad6f0507"}',1795444320);
INSERT INTO "consents" VALUES('95431ebbb18f6af11bcbc5407f482314','a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b','{"kind": "consent", "body": {"project_hash": "95431ebbb18f6af11bcbc5407f482314c88ce97a46d4ad1bfcc0786bb2eccda6", "dataset": "a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b", "expires": "2026-11-23T14:32:01Z"}, "signer": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "signature": "01e95ef8e868d896f8e28a40e0a9bd0904f11db0ea09eba7d470f5856e18e23c4fca578a25232616c2edb890a8acea877c294321b25b516b6c0da919e628640b"}',1795444321);
CREATE TABLE datasets (
	id VARCHAR(64) NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	summary TEXT NOT NULL, 
	manifest TEXT NOT NULL, 
	manifest_hash VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	peer_confirmed BOOLEAN NOT NULL, 
	wrapped_key BLOB NOT NULL, 
	receipt TEXT, 
	created INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(owner) REFERENCES users (name)
);
INSERT INTO "datasets" VALUES('08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab','alice','{"name": "films", "count": 20, "shape": [8, 8, 1], "bits": 8, "classes": ["well", "ill"], "visibility": "public", "shared_with": [], "tags": [], "created": "2026-01-01T00:00:00Z"}','{"kind": "manifest", "body": {"version": 1, "name": "films", "kind": "image", "shape": [8, 8, 1], "bits": 8, "ring_bits": 16, "classes": ["well", "ill"], "owner": "alice", "owner_key": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "created": "2026-01-01T00:00:00Z", "nonce": "92be3e4505f54904fd06fb3cf970a424", "visibility": "public", "shared_with": [], "tags": [], "description": "", "nodes": {"a": "ab757d302aa4dcd61925604d16be6456d5b4bbfc326977a45eeb67249b37ba56", "b": "cfb77962f32f38578ce25454e722fa6e76862ebcb4f50bdb56b9410bca6d8c7f"}, "count": 20, "chunks": [{"count": 20, "a": {"hash": "38f430449a849282b8264721d35b18b698d247a5b9a7298a10e5c39a024e91fd", "size": 143}, "b": {"hash": "6fe18d36f3d6ff7a3b8ed87c90117b212572d523ab334a7d740ec1dc687ba15f", "size": 2751}}]}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "62bd9e4642f48fa6bbb332640fd8fecf6440fab82365c8e7ff0c3f628990fba13708e6790a669610b2324a70e66a67c1683ea75119776eb7ec12e3333b130b01"}','424334c554fb085884d24a2b32a9b300f3bbbf22bce3e5ca971bd82412afdebc','usable',1,X'09826C4C6400DE97CFA52F2B28425BAB6C01B8C750FA6AD15EE68BE6E67FF355BA0912FA0C3DE57182635B163A2657E75763E919A5121A28C1E92233','{"kind": "receipt", "body": {"dataset": "08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab", "node": "node-a", "party": "a", "time": "2026-11-23T13:31:59Z", "chunks": 1, "bytes": 143}, "signer": "35c32e7a568b982af8126474c28eacd753fa6b3148b78f51a152460d0fb4c1c8", "signature": "c9a09d83afae8cccef490ece427cedab2c2a0948f04362b41005038e9e3d1257c7554c644fb4e931718b831b950ec1e5267e36ecd2ad6b2ec0aeeaeb6ad66b07"}',1795440719);
INSERT INTO "datasets" VALUES('a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b','bob','{"name": "films", "count": 20, "shape": [8, 8, 1], "bits": 8, "classes": ["well", "ill"], "visibility": "public", "shared_with": [], "tags": [], "created": "2026-01-01T00:00:00Z"}','{"kind": "manifest", "body": {"version": 1, "name": "films", "kind": "image", "shape": [8, 8, 1], "bits": 8, "ring_bits": 16, "classes": ["well", "ill"], "owner": "bob", "owner_key": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "created": "2026-01-01T00:00:00Z", "nonce": "60d15cc6e05284cc13014173da3b8cf4", "visibility": "public", "shared_with": [], "tags": [], "description": "", "nodes": {"a": "ab757d302aa4dcd61925604d16be6456d5b4bbfc326977a45eeb67249b37ba56", "b": "cfb77962f32f38578ce25454e722fa6e76862ebcb4f50bdb56b9410bca6d8c7f"}, "count": 20, "chunks": [{"count": 20, "a": {"hash": "270ee1e63bfa2d49177e727866c01297ea51fa5589ddea7b9d7133d5ed60b97d", "size": 143}, "b": {"hash": "19292bf24eb4bf91cb87282c2dff57baa866e77cb4268b7c9d331b7d54e86479", "size": 2751}}]}, "signer": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "signature": "00abf5a226c3d9628d2d012f08c6ac1cee86a3a49e5213ca0babb7795c18e5c21b2fa39f3dbf209711e411a962fbae6b72a8fde053de7e1ebe2a7df58e77000e"}','af009dfcde791171b637e1f94c7b363c79cb8f0a24692170d0839efd9119692e','usable',1,X'47C291BC944C2454BE2E95DB0542EB43D070B6DE77C8C3DE4D6A669F78302A5E8CAB2B6C4EE8ACD2B15E611AD8F1CE59F44FF259D1597658A3CC6731','{"kind": "receipt", "body": {"dataset": "a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b", "node": "node-a", "party": "a", "time": "2026-11-23T13:31:59Z", "chunks": 1, "bytes": 143}, "signer": "35c32e7a568b982af8126474c28eacd753fa6b3148b78f51a152460d0fb4c1c8", "signature": "4c7aa5329fcecc966f3d04bb6c1a2e96e97bcabbad5eab6f30e2435dcf29872f9439a5addcb4e5c24b841963b88c8f9a82ae321cebf04d549f3280328edfc305"}',1795440719);
INSERT INTO "datasets" VALUES('c12d9a2b53d563b302198407e681b3f12c9372542086da7f2b091091259964e6','bob','{"name": "films", "count": 20, "shape": [8, 8, 1], "bits": 8, "classes": ["well", "ill"], "visibility": "public", "shared_with": [], "tags": [], "created": "2026-01-01T00:00:00Z"}','{"kind": "manifest", "body": {"version": 1, "name": "films", "kind": "image", "shape": [8, 8, 1], "bits": 8, "ring_bits": 16, "classes": ["well", "ill"], "owner": "bob", "owner_key": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "created": "2026-01-01T00:00:00Z", "nonce": "b4ec87ef4f174c9739d942ea9400264e", "visibility": "public", "shared_with": [], "tags": [], "description": "", "nodes": {"a": "ab757d302aa4dcd61925604d16be6456d5b4bbfc326977a45eeb67249b37ba56", "b": "cfb77962f32f38578ce25454e722fa6e76862ebcb4f50bdb56b9410bca6d8c7f"}, "count": 20, "chunks": [{"count": 20, "a": {"hash": "90132d9e482f06ae77860518b9b5838142668815889839620adae6e837dc6edc", "size": 143}, "b": {"hash": "e55601f9ffc5e961e80275281b7539c76b5684f450191084270db2bb6aa0ea70", "size": 2751}}]}, "signer": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "signature": "e89aed7152a1561d4ef17a04bc625fa482dbb40661e592747e8afe770f4b82ca26b33724e0963668c40a3d8d0f06a9470855d851f87fc3382036730c51e3980a"}','4d35ff55b3a8804771359bc14b481e587accf2a27cdbd7c1b39edce877199fc9','deleted',1,X'',NULL,1795440721);
INSERT INTO "datasets" VALUES('98c4f218253753c28e0f820ff0d70f7a2602ca4f106dd95e7d3df98dff893159','alice','{"name": "films", "count": 20, "shape": [10, 10, 1], "bits": 8, "classes": ["well", "ill"], "visibility": "public", "shared_with": [], "tags": [], "created": "2026-01-01T00:00:00Z"}','{"kind": "manifest", "body": {"version": 1, "name": "films", "kind": "image", "shape": [10, 10, 1], "bits": 8, "ring_bits": 16, "classes": ["well", "ill"], "owner": "alice", "owner_key": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "created": "2026-01-01T00:00:00Z", "nonce": "c65a4cc0fc07e706be25d9de420a9573", "visibility": "public", "shared_with": [], "tags": [], "description": "", "nodes": {"a": "ab757d302aa4dcd61925604d16be6456d5b4bbfc326977a45eeb67249b37ba56", "b": "cfb77962f32f38578ce25454e722fa6e76862ebcb4f50bdb56b9410bca6d8c7f"}, "count": 20, "chunks": [{"count": 20, "a": {"hash": "32b58726e0d6d7a75c8126e8601b5a4583402f01d230f880b2196df90978929a", "size": 143}, "b": {"hash": "dff162717d567b194a1ba630c5c04c0b69d772dd279d26627784767a8263e981", "size": 4191}}]}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "1ac751ce96cf968139386bfedd2139add0b4183b4349747d8e783933c5219944cf5347e50c926b9983cab476c78603efd2ef71325c5d1df36b96c9cd198e990a"}','3700e86f30c7e6069e542ca49877323a61cce1b740ab0e613487c42047e5bc9d','uploading',0,X'478FB13EAB425C36901BBCEFB963B476B1262AFE442E38842E52236E4D932E0BE220D932B38EC0C23A6318E9FA86981367ED0868F8FA01345EDB7DA7',NULL,1795440721);
CREATE TABLE job_events (
	job VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (job, number), 
	FOREIGN KEY(job) REFERENCES jobs (id)
);
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',1,'{"id": 1, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "queued"}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',2,'{"id": 2, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "preparing"}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',3,'{"id": 3, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "progress", "stage": "prepare", "done": 1, "total": 1, "seconds": 0.5, "bytes_sent": 10, "rounds": 2}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',4,'{"id": 4, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "hiding"}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',5,'{"id": 5, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "progress", "stage": "hide", "done": 1, "total": 1, "seconds": 0.5, "bytes_sent": 10, "rounds": 2}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',6,'{"id": 6, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "training"}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',7,'{"id": 7, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "progress", "stage": "train", "done": 1, "total": 1, "seconds": 0.5, "bytes_sent": 10, "rounds": 2}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',8,'{"id": 8, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "metrics", "epoch": 1, "step": 3, "logits": "AAAAAAAAAAAAAAAAAAAAAA==", "labels": "AAAAAAAAAAAAAAAAAAAAAA==", "shape": [1, 2], "fraction_bits": 16}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',9,'{"id": 9, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "model", "sealed": {"alice": "model-alice.sealed"}, "hash": "abababababababababababababababababababababababababababababababab", "share_hash": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}');
INSERT INTO "job_events" VALUES('efb746a6e2c2c47112722bc8b04b04b6',10,'{"id": 10, "job": "efb746a6e2c2c47112722bc8b04b04b6", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "finished"}');
INSERT INTO "job_events" VALUES('49cf6b16cf0338cbddebf9483c245129',1,'{"id": 1, "job": "49cf6b16cf0338cbddebf9483c245129", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "queued"}');
INSERT INTO "job_events" VALUES('49cf6b16cf0338cbddebf9483c245129',2,'{"id": 2, "job": "49cf6b16cf0338cbddebf9483c245129", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "preparing"}');
INSERT INTO "job_events" VALUES('49cf6b16cf0338cbddebf9483c245129',3,'{"id": 3, "job": "49cf6b16cf0338cbddebf9483c245129", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "failed", "error": {"code": "range-exceeded", "message": "It went wrong.", "advice": "Start the job again with a lower learning rate.", "details": {}}}');
INSERT INTO "job_events" VALUES('02248a39715e9d31c19d5d86fe5049a3',1,'{"id": 1, "job": "02248a39715e9d31c19d5d86fe5049a3", "time": "2026-11-23T13:32:00Z", "kind": "state", "state": "queued"}');
INSERT INTO "job_events" VALUES('02248a39715e9d31c19d5d86fe5049a3',2,'{"id": 2, "job": "02248a39715e9d31c19d5d86fe5049a3", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "preparing"}');
INSERT INTO "job_events" VALUES('02248a39715e9d31c19d5d86fe5049a3',3,'{"id": 3, "job": "02248a39715e9d31c19d5d86fe5049a3", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "training"}');
INSERT INTO "job_events" VALUES('02248a39715e9d31c19d5d86fe5049a3',4,'{"id": 4, "job": "02248a39715e9d31c19d5d86fe5049a3", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "cancelled"}');
INSERT INTO "job_events" VALUES('9bfc5f25cc4052652fb5e1b3ae1728fc',1,'{"id": 1, "job": "9bfc5f25cc4052652fb5e1b3ae1728fc", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "queued"}');
INSERT INTO "job_events" VALUES('9bfc5f25cc4052652fb5e1b3ae1728fc',2,'{"id": 2, "job": "9bfc5f25cc4052652fb5e1b3ae1728fc", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "preparing"}');
INSERT INTO "job_events" VALUES('9bfc5f25cc4052652fb5e1b3ae1728fc',3,'{"id": 3, "job": "9bfc5f25cc4052652fb5e1b3ae1728fc", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "training"}');
INSERT INTO "job_events" VALUES('de1d965912ec691e334a0d7ffc325032',1,'{"id": 1, "job": "de1d965912ec691e334a0d7ffc325032", "time": "2026-11-23T13:32:01Z", "kind": "state", "state": "queued"}');
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	project VARCHAR(32) NOT NULL, 
	document TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	is_computed BOOLEAN NOT NULL, 
	stage VARCHAR(16), 
	progress TEXT, 
	epoch INTEGER, 
	error TEXT, 
	model TEXT, 
	created INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project) REFERENCES projects (id)
);
INSERT INTO "jobs" VALUES('efb746a6e2c2c47112722bc8b04b04b6','33e7fa4b95cdaf592657f9582a9a9d95','{"kind": "job-start", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "nonce": "702f500ea835409051779bc923145eba"}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "c08f2aec3640ffec60cde4bd041b871a7ecd6d4d8076439fbb9935691c461db65ba1c4249d0c7f4f7e6379a0d31b6b2d4a1e7197a657dd9483c10d3ec36d1b03"}','finished',1,'train','{"done": 1, "total": 1, "seconds": 0.5, "bytes_sent": 10, "rounds": 2}',1,NULL,'{"alice": "model-alice.sealed"}',1795440720);
INSERT INTO "jobs" VALUES('49cf6b16cf0338cbddebf9483c245129','33e7fa4b95cdaf592657f9582a9a9d95','{"kind": "job-start", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "nonce": "3f69a51eb0920734fb96946bdce4507c"}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "49cc4dd14363b2d9dda23d5855ee47e1b245ef631fc31172148bd9b29b707f60474f877694a75d50702c964970dd289c164d005c4897b28b77550422e6ad890e"}','failed',0,NULL,NULL,NULL,'{"code": "range-exceeded", "message": "It went wrong.", "advice": "Start the job again with a lower learning rate.", "details": {}}',NULL,1795440720);
INSERT INTO "jobs" VALUES('02248a39715e9d31c19d5d86fe5049a3','33e7fa4b95cdaf592657f9582a9a9d95','{"kind": "job-start", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "nonce": "ad70e2670b3348c72f4f471cd22e3d66"}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "8a6adfdb7f25a7268867f4c15056593056f6035d46602e022e9f608aa0ba11e0d2df044edc004b81595a9ca9b87c7246915b4131a8663e028c681fdfa153b500"}','cancelled',0,NULL,NULL,NULL,NULL,NULL,1795440720);
INSERT INTO "jobs" VALUES('9bfc5f25cc4052652fb5e1b3ae1728fc','33e7fa4b95cdaf592657f9582a9a9d95','{"kind": "job-start", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "nonce": "bed0bd2b1c5f9dd63f90259e4b9c974a"}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "b74d389dd70f7022eac687e93b7923a51cd4b782288d50185ba307af4464f362859989b33cc9e90740fe2170be39b8cea0148b66ae824109572f808f02d6080d"}','training',0,NULL,NULL,NULL,NULL,NULL,1795440721);
INSERT INTO "jobs" VALUES('de1d965912ec691e334a0d7ffc325032','33e7fa4b95cdaf592657f9582a9a9d95','{"kind": "job-start", "body": {"project_hash": "33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360", "nonce": "a62aba2d8a03e2ec38b9c678f917ea2a"}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "3b96163948707ff3132111f6081ee6f5d0ccc1a63cc007fac831ed3d5e06eff825953b5c73738e52306c3e6841db7124259d34e7554b81fe7602d36c3418d70e"}','queued',0,NULL,NULL,NULL,NULL,NULL,1795440721);
CREATE TABLE memberships (
	project VARCHAR(32) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	PRIMARY KEY (project, user), 
	FOREIGN KEY(project) REFERENCES projects (id)
);
INSERT INTO "memberships" VALUES('33e7fa4b95cdaf592657f9582a9a9d95','alice');
INSERT INTO "memberships" VALUES('33e7fa4b95cdaf592657f9582a9a9d95','bob');
INSERT INTO "memberships" VALUES('95431ebbb18f6af11bcbc5407f482314','alice');
INSERT INTO "memberships" VALUES('95431ebbb18f6af11bcbc5407f482314','bob');
CREATE TABLE projects (
	id VARCHAR(32) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	owner VARCHAR(64) NOT NULL, 
	document TEXT NOT NULL, 
	created INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (hash), 
	FOREIGN KEY(owner) REFERENCES users (name)
);
INSERT INTO "projects" VALUES('33e7fa4b95cdaf592657f9582a9a9d95','33e7fa4b95cdaf592657f9582a9a9d95edd88df56031446b6d50fd2551c79360','alice','{"kind": "project", "body": {"version": 2, "name": "lungs", "owner": "alice", "members": [{"user": "alice", "role": "owner", "verify_key": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "seal_key": "ac284491f09a9275a9be8484680d1c8ca6af19c63cdd536accca875e61854a09"}, {"user": "bob", "role": "viewer", "verify_key": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "seal_key": "6277edcf29a1529dd270e1a8977bcff2ffe52a4aafcda81fc57540fc4f562174"}], "recipients": ["alice"], "datasets": [{"id": "08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab", "owner": "alice"}, {"id": "a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b", "owner": "bob"}], "servers": {"a": "35c32e7a568b982af8126474c28eacd753fa6b3148b78f51a152460d0fb4c1c8", "b": "424c918aa6e30d7c20805f059abb5e3d07ff7cb3d776812d2aee73bd776f48c1"}, "preparation": "cot", "ring": {"fraction_bits": 16}, "hiding": {"k": 4, "mask": true, "scale": "unit"}, "features": {"extractor": "average-pool"}, "model": {"name": "logistic", "hidden": [], "bias": false, "layers": []}, "training": {"epochs": 1, "batch": 8, "loss": "softmax", "optimizer": "sgd", "momentum": "0.9", "learning_rate": "0.05", "schedule": "one-cycle", "weight_decay": "0", "clip": "0", "validation": 4}}, "signer": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "signature": "4850fe3fbbe500fbd3968121532fecb98a8ab265442667d02b322f86c161326849e6102ef2cca6cdd02b86893d686d19770f20d6fff571600819646f8c189f0b"}',1795440719);
INSERT INTO "projects" VALUES('95431ebbb18f6af11bcbc5407f482314','95431ebbb18f6af11bcbc5407f482314c88ce97a46d4ad1bfcc0786bb2eccda6','bob','{"kind": "project", "body": {"version": 2, "name": "second", "owner": "bob", "members": [{"user": "bob", "role": "owner", "verify_key": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "seal_key": "6277edcf29a1529dd270e1a8977bcff2ffe52a4aafcda81fc57540fc4f562174"}, {"user": "alice", "role": "viewer", "verify_key": "c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0", "seal_key": "ac284491f09a9275a9be8484680d1c8ca6af19c63cdd536accca875e61854a09"}], "recipients": ["bob"], "datasets": [{"id": "a698acfd9f96d8b7fba8f9bbb0d0ef3a64b6be8afcfa39d720f5fd8bb433fc7b", "owner": "bob"}, {"id": "08e18e11786161bf788f73b344533d8db28bfcc0a42eaa60926bbadb219e5bab", "owner": "alice"}], "servers": {"a": "35c32e7a568b982af8126474c28eacd753fa6b3148b78f51a152460d0fb4c1c8", "b": "424c918aa6e30d7c20805f059abb5e3d07ff7cb3d776812d2aee73bd776f48c1"}, "preparation": "cot", "ring": {"fraction_bits": 16}, "hiding": {"k": 4, "mask": true, "scale": "unit"}, "features": {"extractor": "average-pool"}, "model": {"name": "logistic", "hidden": [], "bias": false, "layers": []}, "training": {"epochs": 1, "batch": 8, "loss": "softmax", "optimizer": "sgd", "momentum": "0.9", "learning_rate": "0.05", "schedule": "one-cycle", "weight_decay": "0", "clip": "0", "validation": 4}}, "signer": "246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026", "signature": "70c0ca2fdfe119fc048cd3a6f71747fe331a79163b9dcb0d50acab2a8d7a6dc8b8e4f91fc72196a84b9ad6199a6a73d97c76f8d27bc97e5067cc307422051f01"}',1795440721);
CREATE TABLE tokens (
	hash VARCHAR(64) NOT NULL, 
	user VARCHAR(64) NOT NULL, 
	expires INTEGER NOT NULL, 
	PRIMARY KEY (hash), 
	FOREIGN KEY(user) REFERENCES users (name)
);
INSERT INTO "tokens" VALUES('f29cc2064576db1b4f063ca7552494657070b69249e49041074fcd5f70c83cd9','alice',1795444319);
INSERT INTO "tokens" VALUES('48147fc61514e189cbb7802eef26e9ba2dbc56f6963e96432463ec44fdec4a6f','bob',1795444319);
CREATE TABLE users (
	name VARCHAR(64) NOT NULL, 
	verify_key VARCHAR(64) NOT NULL, 
	seal_key VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	created INTEGER NOT NULL, 
	PRIMARY KEY (name), 
	UNIQUE (verify_key)
);
INSERT INTO "users" VALUES('alice','c59abdaaa2f15048d34a8d582b5448ae40963ff258e189a686e990de5f7df5b0','ac284491f09a9275a9be8484680d1c8ca6af19c63cdd536accca875e61854a09','active',1795440719);
INSERT INTO "users" VALUES('bob','246045f4074f7be26c7974cb6b49c0358305b1317f8a81bbcd830020edbd2026','6277edcf29a1529dd270e1a8977bcff2ffe52a4aafcda81fc57540fc4f562174','active',1795440719);
CREATE INDEX ix_challenges_expires ON challenges (expires);
CREATE INDEX ix_datasets_state ON datasets (state);
CREATE INDEX ix_datasets_owner ON datasets (owner);
CREATE INDEX ix_tokens_expires ON tokens (expires);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_jobs_project ON jobs (project);
CREATE INDEX ix_memberships_user ON memberships (user);
COMMIT;